import {
  CUSTOMIZERS,
  type Customizer,
  type KubeObject,
  type Location,
  type SinglePlacement,
} from '@kubestellar/api';
import { Informer, type KubeClient, keyOf } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { dequal } from 'dequal/lite';
import type { CopyKey, SourceKey } from '../keys.ts';
import { expands } from './customize.ts';
import { type Dependencies, Dependents } from './dependents.ts';
import { parametersOf } from './parameters.ts';
import {
  customizerKeyOf,
  locationKeyOf,
  needsLocation,
  type Plan,
  parametersDigest,
  planFor,
} from './plan.ts';

/** Told of changes; sources and copies are named as `follow` was told. */
export interface CustomizationListener {
  /** A Customizer has changed: all about this source is to be looked at again. */
  onSource(source: SourceKey): void;
  /** A Location has changed: these copies of this source are to be looked at again. */
  onCopies(source: SourceKey, copies: Iterable<CopyKey>): void;
  /** It is to be found out anew whether this Customizer (its key) is valid. */
  onCustomizer(key: string): void;
}

const CUSTOMIZER = 'customizer ';
const LOCATION = 'location ';

/**
 * The Customizers of all WMWs and the Locations of all IMWs, and which objects depend on them: an edit
 * reaches the copies concerned, and no others, at once (docs/rules.md, semantics 8.1, as intended).
 */
export class Customizations {
  readonly #customizers: Informer<Customizer>;
  readonly #locations: Informer<Location>;
  readonly #dependents = new Dependents();
  readonly #listener: CustomizationListener;

  /**
   * @param view a client at the APIExport's view
   * @param locations the Locations; whose watch it is starts and ends it
   */
  constructor(
    view: KubeClient,
    locations: Informer<Location>,
    logger: Logger,
    listener: CustomizationListener,
  ) {
    this.#listener = listener;
    this.#locations = locations;
    this.#customizers = new Informer<Customizer>({ client: view, resource: CUSTOMIZERS, logger });
    const customizerChanged = (customizer: Customizer) => this.#customizerChanged(keyOf(customizer));
    this.#customizers.addHandler({
      onAdd: customizerChanged,
      onUpdate: (customizer, previous) => {
        const same = dequal(customizer.replacements, previous.replacements);
        if (same && expands(customizer) === expands(previous)) listener.onCustomizer(keyOf(customizer));
        else customizerChanged(customizer);
      },
      onDelete: customizerChanged,
    });
    // Not of a deletion: the slices tell soon where objects still go; until then the copies stay as they are.
    this.#locations.addHandler({
      onAdd: (location) => this.#locationChanged(keyOf(location)),
      onUpdate: (location, previous) => {
        const [now, before] = [parametersOf(location), parametersOf(previous)];
        if (!dequal([...now], [...before])) this.#locationChanged(keyOf(location));
      },
    });
  }

  /** Starts the watch of Customizers. @returns when all that is needed has been read */
  async start(): Promise<void> {
    this.#customizers.start();
    await Promise.all([this.#customizers.whenSynced(), this.#locations.whenSynced()]);
  }

  /** Ends the watch of Customizers. */
  async stop(): Promise<void> {
    await this.#customizers.stop();
  }

  get synced(): boolean {
    return this.#customizers.synced;
  }

  /** @returns what is to be done to an object for these destinations; undefined when it asks for nothing */
  plan(object: KubeObject, destinations: readonly SinglePlacement[]): Plan | undefined {
    return planFor(object, destinations, this);
  }

  /** @returns the Customizer with this key (see keyOf), if there is one */
  customizer(key: string): Customizer | undefined {
    return this.#customizers.get(key);
  }

  /** @returns the Location with this key (see keyOf), if there is one */
  location(key: string): Location | undefined {
    return this.#locations.get(key);
  }

  /** @returns a digest of the parameters of the Location with this key, if there is one */
  parametersDigest(key: string): string | undefined {
    const location = this.location(key);
    return location && parametersDigest(location);
  }

  /**
   * Notes what a source depends on, so that its copies follow changes of that.
   * @param copies the names of its copies with their destinations; none when the source is wanted nowhere
   */
  follow(
    source: SourceKey,
    object: KubeObject,
    copies: ReadonlyMap<CopyKey, readonly SinglePlacement[]>,
  ): void {
    const dependencies = new Map<string, Set<CopyKey>>();
    const key = copies.size > 0 ? customizerKeyOf(object) : undefined;
    if (key) dependencies.set(CUSTOMIZER + key, new Set(copies.keys()));
    if (needsLocation(object, key ? this.customizer(key) : undefined)) {
      for (const [copy, destinations] of copies) {
        for (const location of destinations.map(locationKeyOf)) {
          const on = LOCATION + location;
          dependencies.set(on, (dependencies.get(on) ?? new Set()).add(copy));
        }
      }
    }
    this.#depend(source, dependencies);
  }

  /** The source is gone. */
  forget(source: SourceKey): void {
    this.#depend(source, new Map());
  }

  #depend(source: SourceKey, dependencies: Dependencies): void {
    const before = new Set(this.#dependents.dependenciesOf(source));
    this.#dependents.set(source, dependencies);
    const same = before.size === dependencies.size && [...before].every((on) => dependencies.has(on));
    // Where a Customizer is used decides what can be wrong with it.
    if (!same) for (const on of new Set([...before, ...dependencies.keys()])) this.#usesChanged(on);
  }

  /** @returns the Locations whose parameters a Customizer (its key) gets */
  locationsUsing(customizer: string): Location[] {
    const keys = new Set<string>();
    for (const source of this.#dependents.of(CUSTOMIZER + customizer).keys()) {
      for (const on of this.#dependents.dependenciesOf(source)) {
        if (on.startsWith(LOCATION)) keys.add(on.slice(LOCATION.length));
      }
    }
    return [...keys].map((key) => this.location(key)).filter((location) => location !== undefined);
  }

  #usesChanged(on: string): void {
    if (on.startsWith(CUSTOMIZER)) this.#listener.onCustomizer(on.slice(CUSTOMIZER.length));
  }

  #customizerChanged(key: string): void {
    this.#listener.onCustomizer(key);
    for (const source of [...this.#dependents.of(CUSTOMIZER + key).keys()]) this.#listener.onSource(source);
  }

  #locationChanged(key: string): void {
    for (const [source, copies] of this.#dependents.of(LOCATION + key)) {
      this.#listener.onCopies(source, copies);
      for (const on of this.#dependents.dependenciesOf(source)) this.#usesChanged(on);
    }
  }
}
