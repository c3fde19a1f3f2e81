import type { DownsyncObjectTest, EdgePlacementSpec } from '@kubestellar/api';
import { whyNot } from '@kubestellar/rules';

/** Objects that every cluster creates itself, by resource of the core group (docs/rules.md, semantics 4.2). */
const SYSTEM_OBJECTS: { readonly [plural: string]: string } = {
  configmaps: 'kube-root-ca.crt',
  serviceaccounts: 'default',
};

/**
 * What an EdgePlacement names that never propagates (docs/rules.md, semantics 4.1 and 4.2). A wildcard names nothing.
 * @returns a sentence for each
 */
export function downsyncProblems(spec: EdgePlacementSpec | undefined): string[] {
  const problems = (spec?.downsync ?? []).flatMap((test, index) =>
    problemsOf(test).map((problem) => `downsync[${index}]: ${problem}`),
  );
  return [...new Set(problems)];
}

function problemsOf({ apiGroup, resources = [], objectNames = [] }: DownsyncObjectTest): string[] {
  if (apiGroup === undefined) return [];
  return resources.flatMap((plural) => {
    const reason = whyNot(apiGroup, plural);
    if (reason) return reason;
    const name = apiGroup === '' ? SYSTEM_OBJECTS[plural] : undefined;
    return name && objectNames.includes(name)
      ? `${plural} named ${name} never propagate, each cluster creates its own`
      : [];
  });
}
