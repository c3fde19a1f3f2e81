/** What may stand at a place of a command line: fixed words, or what is to be looked up. */
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

/** What the words and flags of one command may be; the flags of kubectl are known to all. */
export interface CompletionSpec {
  /** Of the words in their order. */
  readonly words?: readonly Choice[];
  /** Of all words behind those. */
  readonly rest?: Choice;
  readonly flags?: Readonly<Record<string, Choice>>;
}

/** What kubectl's flags take. Those that are missing take something that can't be guessed. */
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
