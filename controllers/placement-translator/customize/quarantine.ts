import { type KubeObject, QUARANTINED } from '@kubestellar/api';

/** Of what a customization was made that takes more than it may; digests, and the key of the Location, if any. */
export interface Origin {
  source: string;
  customizer: string;
  parameters: string;
  location: string;
}

/** A customization that is not tried again before what it is made of has changed. */
export interface Quarantined extends Origin {
  /** Why, for the author of the object. */
  message: string;
}

/** So often a worker may end in the midst of a customization, or be too slow, before that is no accident. */
const STRIKES = 3;
/** Forgotten strikes cost an evaluation each, no more. */
const MAX_STRIKES = 10_000;
const MAX_MESSAGE = 400;

/**
 * The objects whose customization takes more than it may. The object as a whole is one of them, wherever it goes,
 * as soon as it is for one destination: others would take as much, one after the other. An annotation of the object
 * tells a translator that is started anew.
 */
export class Quarantine {
  readonly #entries = new Map<string, Quarantined>();
  readonly #strikes = new Map<string, number>();
  readonly #parametersOf: (location: string) => string | undefined;

  /** @param parametersOf finds the digest of the parameters of a Location (its key) as they are now */
  constructor(parametersOf: (location: string) => string | undefined) {
    this.#parametersOf = parametersOf;
  }

  /** @returns what is known of a source, whether it still holds or not */
  get(source: string): Quarantined | undefined {
    return this.#entries.get(source);
  }

  /** @returns the quarantine of a source, if it still is made of the same */
  find(
    source: string,
    object: KubeObject,
    now: Pick<Origin, 'source' | 'customizer'>,
  ): Quarantined | undefined {
    const found = this.#entries.get(source) ?? readQuarantine(object);
    const isSame =
      found !== undefined &&
      found.source === now.source &&
      found.customizer === now.customizer &&
      (found.location === '' || this.#parametersOf(found.location) === found.parameters);
    if (!isSame) return undefined;
    this.#entries.set(source, found);
    return found;
  }

  /**
   * A customization has taken more than it may.
   * @param isCertain whether it always will
   * @returns its quarantine, or undefined when it is to be tried again
   */
  strike(source: string, origin: Origin, message: string, isCertain: boolean): Quarantined | undefined {
    const id = [source, ...Object.values(origin)].join(' ');
    const strikes = (this.#strikes.get(id) ?? 0) + 1;
    if (!isCertain && strikes < STRIKES) {
      if (this.#strikes.size >= MAX_STRIKES) this.#strikes.clear();
      this.#strikes.set(id, strikes);
      return undefined;
    }
    this.#strikes.delete(id);
    const entry = { ...origin, message: message.slice(0, MAX_MESSAGE) };
    this.#entries.set(source, entry);
    return entry;
  }

  /** The source is fine, or asks for nothing. @returns true when it was not so before */
  release(source: string): boolean {
    return this.#entries.delete(source);
  }
}

/** @returns the annotation that keeps a quarantine */
export function formatQuarantine({ source, customizer, parameters, location, message }: Quarantined): string {
  return JSON.stringify({ source, customizer, parameters, location, message });
}

/** Whoever may write the object may write the annotation: it keeps the object itself from being customized at most. */
function readQuarantine(object: KubeObject): Quarantined | undefined {
  const text = object.metadata.annotations?.[QUARANTINED];
  if (text === undefined) return undefined;
  try {
    const parsed = JSON.parse(text) as { [field: string]: unknown } | null;
    const field = (name: keyof Quarantined) => String(parsed?.[name] ?? '').slice(0, MAX_MESSAGE);
    return {
      source: field('source'),
      customizer: field('customizer'),
      parameters: field('parameters'),
      // Releases before this one wrote keys with another separator, which no name of a Location has.
      location: field('location').replaceAll('|', '/'),
      message: field('message'),
    };
  } catch {
    return undefined;
  }
}
