/** What of the repository checks what people give: command lines, kubeconfigs, PKIs, and other files. */
const VALIDATORS: readonly RegExp[] = [
  /^cli\/src\/(commands|domain|kubeconfig|listing|pki|shell)\//,
  /^cli\/src\/(hosted\/(description|endpoint)|inventory\/labels|workspace\/path)\.ts$/,
  /^dev\/(bench|local)\/src\/arguments\.ts$/,
];

/** What decides whether something is made, changed or deleted: each condition counts. */
const DECIDERS: readonly string[] = [
  'controllers/placement-translator/apis/decide.ts',
  'controllers/placement-translator/copies/withdraw.ts',
  'controllers/placement-translator/desired/proof.ts',
  'syncer/src/downsync/decide.ts',
];

/** Validations and conditions that no unit test can do without, by module and the text that is taken out, with the reason. */
export const EXEMPT: readonly [module: string, text: RegExp, reason: string][] = [
  [
    'cli/src/kubeconfig/edit.ts',
    /cannot write the kubeconfig/,
    'needs a full disk: the lock is written first',
  ],
  ['cli/src/pki/server-creds.ts', /Date\.now\(\) > deadline/, 'a minute has to pass'],
  ['cli/src/shell/dist.ts', /not built/, 'the tests begin with a build'],
  [
    'controllers/placement-translator/desired/proof.ts',
    /^finding\.kind === .* → true$/,
    'tells the types apart: findings of the other kind have no such fields',
  ],
];

/** @returns whether a module's conditions are made true, and false */
export function isDecider(path: string): boolean {
  return DECIDERS.includes(path);
}

/** @returns whether a module's validations are taken out */
export function isValidator(path: string): boolean {
  return !path.endsWith('.test.ts') && VALIDATORS.some((pattern) => pattern.test(path));
}
