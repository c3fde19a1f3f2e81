import type { KubeObject, Resource } from '@kubestellar/api';
import { Informer, type KubeClient } from '@kubestellar/kube';
import { CommandFailure } from '../shell/failure.ts';
import type { Output } from '../shell/output.ts';
import { DryRunClient } from './dry-run.ts';
import { commandLogger } from './logger.ts';

/** What to wait for, in words that complete "waiting for", and for how long. */
export interface Wait {
  readonly what: string;
  readonly limitMs: number;
  /** Prints what is waited for when that takes a while. */
  readonly output?: Output | undefined;
}

/** After how many milliseconds of waiting the reason is printed (again). */
const REMIND_MS = 5_000;

/** Which objects to watch. */
export interface Watched {
  readonly client: KubeClient;
  readonly resource: Resource;
  readonly namespace?: string;
  /** One object of this name; all when absent. */
  readonly name?: string;
}

/**
 * Watches objects until `missing` says that nothing is missing. A dry run changes nothing, so it has nothing to
 * wait for, and returns no objects.
 * @param missing gets all objects by name; returns what still is not as wanted, or undefined
 * @returns the objects by name, as they were then
 * @throws CommandFailure with what was missing when the limit has passed
 */
export async function watchUntil<T extends KubeObject>(
  watched: Watched,
  wait: Wait,
  missing: (objects: ReadonlyMap<string, T>) => string | undefined,
): Promise<ReadonlyMap<string, T>> {
  if (watched.client instanceof DryRunClient) return new Map();
  const { name, ...rest } = watched;
  let problem: string | undefined;
  const informer = new Informer<T>({
    ...rest,
    fieldSelector: name === undefined ? undefined : `metadata.name=${name}`,
    logger: commandLogger((reason) => {
      problem = reason;
    }),
  });
  const objects = () => new Map([...informer.list()].map((object) => [object.metadata.name, object]));
  const reason = () => (informer.synced ? missing(objects()) : problem) ?? 'no response yet';
  const reminder = setInterval(() => wait.output?.remark(`Waiting for ${wait.what}: ${reason()}`), REMIND_MS);
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      const look = () => {
        if (!informer.synced) return;
        const seen = objects();
        if (missing(seen) === undefined) resolve(seen);
      };
      timer = setTimeout(() => {
        const waited = `gave up after ${Math.round(wait.limitMs / 1000)} s of waiting for ${wait.what}`;
        reject(new CommandFailure(`${waited}: ${reason()}`));
      }, wait.limitMs);
      informer.addHandler({ onAdd: look, onUpdate: look, onDelete: look }).start();
      void informer.whenSynced().then(look);
    });
  } finally {
    clearTimeout(timer);
    clearInterval(reminder);
    await informer.stop();
  }
}
