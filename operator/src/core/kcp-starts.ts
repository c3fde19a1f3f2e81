import { FIELD_MANAGERS, HOSTED_CORE, HOSTED_KUBECONFIGS, SECRETS } from '@kubestellar/api';
import { explain, KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { establishStuckKinds } from '@kubestellar/rules';
import type { Objects } from '../hosting/owned.ts';
import { type Secret, textsOf } from '../hosting/secret.ts';

/** Repairs what a kcp that was killed may have left behind, once after each of its starts. */
export class KcpStarts {
  readonly #logger: Logger;
  /** Only saves work: an operator that starts anew looks once more. */
  #repaired: string | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @param start the same for one run of kcp. What fails is tried again at the next call. */
  async repair(start: string, objects: Objects): Promise<void> {
    if (start === this.#repaired) return;
    const texts = textsOf(await objects.get<Secret>(SECRETS, HOSTED_CORE.kubeconfigSecret));
    const contents = texts[HOSTED_KUBECONFIGS.admin] ?? '';
    try {
      const admin = await KubeClient.fromKubeconfig({ contents, context: 'system:admin' });
      try {
        const count = await establishStuckKinds(admin, FIELD_MANAGERS.operator);
        if (count > 0) this.#logger.info({ count }, 'kinds that were being bound when kcp ended go on');
        this.#repaired = start;
      } finally {
        await admin.connection.close();
      }
    } catch (error) {
      this.#logger.warn({ reason: explain(error) }, 'kinds that kcp may have left behind were not looked at');
    }
  }
}
