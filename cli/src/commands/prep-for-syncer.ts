import { ESPW_PATH, PROGRAM_IMAGE } from '@kubestellar/api';
import type { Choice } from '../completion/choice.ts';
import type { Command } from '../shell/command.ts';
import { buildVersion } from '../shell/dist.ts';
import { UsageError } from '../shell/failure.ts';
import type { FlagTable, FlagValues } from '../shell/flags.ts';
import { locationName } from '../shell/names.ts';
import { DRY_RUN_FLAG, DRY_RUN_OPTION, OUTPUT_OPTION, reported } from '../shell/report.ts';
import type { PrepareOptions } from '../syncer/prepare.ts';
import { parseUpsyncConsent } from '../syncer/upsync-consent.ts';
import type { Session } from '../workspace/session.ts';

/** The flags of prep-for-syncer; prep-for-cluster has them too. */
export const PREP_FLAGS: FlagTable = {
  imw: { kind: 'string' },
  espw: { kind: 'string' },
  'syncer-image': { kind: 'string' },
  'upsync-resources': { kind: 'string' },
  o: { kind: 'string' },
  silent: { kind: 'switch', short: 's' },
  // The reference's -o is the manifest's.
  output: { kind: 'string' },
  ...DRY_RUN_FLAG,
};

/** Their values, for completion. */
export const PREP_CHOICES: Readonly<Record<string, Choice>> = {
  imw: 'workspace',
  espw: 'workspace',
  o: 'file',
  output: ['json'],
};

/** Their explanation. */
export const PREP_OPTIONS: readonly string[] = [
  '--imw PATH: inventory management workspace with the SyncTarget (default: the current one)',
  `--espw PATH: edge service provider workspace (default ${ESPW_PATH})`,
  `--syncer-image IMAGE: image that runs the syncer (default ${PROGRAM_IMAGE} of this release)`,
  '--upsync-resources LIST: what the cluster allows to be upsynced, as "configmaps,policyreports.wgpolicyk8s.io", or "none" (default "*")',
  '-o PATH: where to write the manifest (default NAME-syncer.yaml; "-" is stdout)',
  '-s: print little',
  OUTPUT_OPTION.replace('-o, ', ''),
  DRY_RUN_OPTION,
  '-X: accepted for compatibility',
];

/** @throws UsageError when both the manifest and the report would go to stdout */
export function requireOneOnStdout(flags: FlagValues): void {
  if (flags.text('o') === '-' && flags.has('output'))
    throw new UsageError('-o - and --output json both print to stdout; give -o a file');
}

/** @returns what to prepare, with the defaults of the reference */
export function prepareOptions(flags: FlagValues, syncTarget: string, session: Session): PrepareOptions {
  return {
    syncTarget,
    imw: session.resolve(flags.text('imw') ?? '.'),
    espw: session.resolve(flags.text('espw') ?? ESPW_PATH),
    image: flags.text('syncer-image') ?? `${PROGRAM_IMAGE}:${buildVersion().version}`,
    upsync: parseUpsyncConsent(flags.text('upsync-resources')),
    out: flags.text('o') || `${syncTarget}-syncer.yaml`,
    silent: flags.flag('silent'),
  };
}

/** `kubectl kubestellar prep-for-syncer`. */
export const prepForSyncer: Command = {
  name: 'kubectl kubestellar prep-for-syncer',
  summary:
    'Gives a syncer access to the mailbox workspace of SyncTarget NAME and writes the manifest for its cluster.',
  synopsis: '[flags] NAME',
  options: PREP_OPTIONS,
  example: 'kubectl kubestellar prep-for-syncer --imw root:imw1 demo1',
  flags: PREP_FLAGS,
  completion: { words: ['syncTarget'], flags: PREP_CHOICES },
  async run({ words, flags }, output) {
    const name = locationName(words[0]);
    if (words.length > 1) throw new UsageError(`expected one name, got ${words.length}: ${words.join(' ')}`);
    requireOneOnStdout(flags);
    const { withSession } = await import('../workspace/session.ts');
    const { prepareSyncer } = await import('../syncer/prepare.ts');
    await reported(flags, output, (out) =>
      withSession(flags, (session) => prepareSyncer(session, prepareOptions(flags, name, session), out)),
    );
  },
};
