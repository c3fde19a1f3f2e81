/** The possible values at a place of a command line: fixed words, or values to be looked up. */
export type Choice =
  | readonly string[]
  | 'nothing'
  | 'file'
  | 'folder'
  | 'workspace'
  | 'workspaces'
  | 'wmw'
  | 'placement'
  | 'location'
  | 'syncTarget'
  | 'label'
  | 'context'
  | 'cluster'
  | 'user';

/** The values of the words and flags of one command; kubectl's flags are known for all. */
export interface CompletionSpec {
  /** Of the words in their order. */
  readonly words?: readonly Choice[];
  /** Of all words behind those. */
  readonly rest?: Choice;
  readonly flags?: Readonly<Record<string, Choice>>;
}

/** Values of kubectl's flags. The missing ones have values that cannot be guessed. */
export const KUBECTL_CHOICES: Readonly<Record<string, Choice>> = {
  kubeconfig: 'file',
  kuberc: 'file',
  'certificate-authority': 'file',
  'client-certificate': 'file',
  'client-key': 'file',
  'profile-output': 'file',
  'cache-dir': 'folder',
  cluster: 'cluster',
  user: 'user',
};
