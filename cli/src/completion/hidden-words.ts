/** The hidden words with which shells request completions, as from programs made with cobra. */
export const ASKING = ['__complete', '__completeNoDesc'] as const;
export type Asking = (typeof ASKING)[number];
