import { FIELD_MANAGERS, HOSTED_CORE, HOSTED_KUBECONFIGS, SECRETS } from '@kubestellar/api';
import { explain, KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { establishStuckKinds } from '@kubestellar/rules';
import type { Objects } from '../hosting/owned.ts';
import { type Secret, textsOf } from '../hosting/secret.ts';

/** Repairs kinds that a killed kcp may have left unestablished, once after each start of kcp. */
export class KcpStarts {
  readonly #logger: Logger;
  /** Only saves work: a restarted operator checks once more. */
  #repaired: string | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @param start identifies one run of kcp. A failed repair is tried again at the next call. */
  async repair(start: string, objects: Objects): Promise<void> {
    if (start === this.#repaired) return;
    const texts = textsOf(await objects.get<Secret>(SECRETS, HOSTED_CORE.kubeconfigSecret));
    const contents = texts[HOSTED_KUBECONFIGS.admin] ?? '';
    try {
      const admin = await KubeClient.fromKubeconfig({ contents, context: 'system:admin' });
      try {
        const count = await establishStuckKinds(admin, FIELD_MANAGERS.operator);
        if (count > 0)
          this.#logger.info({ count }, 'repaired kinds whose binding an earlier end of kcp had interrupted');
        this.#repaired = start;
      } finally {
        await admin.connection.close();
      }
    } catch (error) {
      this.#logger.warn(
        { reason: explain(error) },
        'could not check for kinds that an earlier end of kcp interrupted; trying again',
      );
    }
  }
}
