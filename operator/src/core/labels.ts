import { HOSTED_APP_LABEL, HOSTED_CORE } from '@kubestellar/api';

/** Labels that select the core's pod. */
export const CORE_SELECTOR = { [HOSTED_APP_LABEL]: HOSTED_CORE.name } as const;

/** Names of the ports of the core's containers. */
export const PORT_NAMES = {
  kcp: 'kcp',
  'mailbox-controller': 'mailbox-metrics',
  'where-resolver': 'where-metrics',
  'placement-translator': 'place-metrics',
  view: 'view',
  'view-metrics': 'view-metrics',
} as const;

/** Annotation on objects that hold data: the release that wrote it last. */
export const DATA_VERSION = 'operator.kubestellar.io/version';

/** Annotation on the core's pod: the versions of the Secrets that it mounts. */
export const SECRETS_VERSION = 'operator.kubestellar.io/secrets';
