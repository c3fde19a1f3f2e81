/** The hidden words by which shells ask for completions, as they ask programs made with cobra. */
export const ASKING = ['__complete', '__completeNoDesc'] as const;
export type Asking = (typeof ASKING)[number];
