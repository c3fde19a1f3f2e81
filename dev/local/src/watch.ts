import type { KubeObject, Resource } from '@kubestellar/api';
import { Informer, type KubeClient, type ObjectRef } from '@kubestellar/kube';
import { createLogger } from '@kubestellar/program';
import { Interrupted, LocalError } from './errors.ts';
import { PROGRESS_SECONDS, type Wait } from './wait.ts';

/** What an object's state means to who waits: here is what you want, or why it is not good yet. */
export type Judgement<T> = { value: T } | { reason: string };

/** The failures of single requests are not the news; the wait's reason and limit are. */
const quiet = createLogger('npm start', 0);
quiet.level = 'silent';

/**
 * Watches one object until `judge` is content with it.
 * @param judge gets the object as it is now, undefined while there is none
 * @throws LocalError after the limit with the last reason; Interrupted; what giveUp throws
 */
export async function waitForObject<T>(
  wait: Omit<Wait, 'everyMs'>,
  client: KubeClient,
  resource: Resource,
  ref: ObjectRef,
  judge: (object: KubeObject | undefined) => Judgement<T>,
): Promise<T> {
  let reason = 'the server has not answered yet';
  const informer = new Informer<KubeObject>({
    client,
    resource,
    namespace: ref.namespace,
    fieldSelector: `metadata.name=${ref.name}`,
    logger: quiet,
    onServed: (served) => {
      if (!served) reason = `the server does not serve ${resource.plural} (yet)`;
    },
  });
  let timer: NodeJS.Timeout | undefined;
  let interrupt: (() => void) | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      const look = () => {
        if (!informer.synced) return;
        const judgement = judge([...informer.list()][0]);
        if ('value' in judgement) resolve(judgement.value);
        else reason = judgement.reason;
      };
      // A handler is told before the cache is complete; look once the present turn is over.
      const later = () => void setImmediate(look);
      informer.addHandler({ onAdd: later, onUpdate: later, onDelete: later }).start();
      void informer.whenSynced().then(look);
      interrupt = () => reject(new Interrupted());
      if (wait.signal.aborted) interrupt();
      wait.signal.addEventListener('abort', interrupt);
      timer = everySecond(wait, () => reason, reject);
    });
  } finally {
    clearInterval(timer);
    if (interrupt) wait.signal.removeEventListener('abort', interrupt);
    await informer.stop();
  }
}

/** Tells progress and ends the wait at its limit. */
function everySecond(
  { what, limitSeconds, log, giveUp }: Omit<Wait, 'everyMs'>,
  reason: () => string,
  reject: (error: unknown) => void,
): NodeJS.Timeout {
  let seconds = 0;
  return setInterval(() => {
    seconds++;
    try {
      giveUp?.();
    } catch (error) {
      reject(error);
    }
    if (seconds >= limitSeconds) {
      reject(new LocalError(`Waited ${limitSeconds} s for ${what}, in vain: ${reason()}`));
    } else if (seconds % PROGRESS_SECONDS === 0) {
      log(`waiting for ${what} (${seconds} of ${limitSeconds} s): ${reason()}`);
    }
  }, 1_000);
}
