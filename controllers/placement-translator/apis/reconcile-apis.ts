import { createHash } from 'node:crypto';
import {
  API_BINDINGS,
  API_EXPORTS,
  API_OF_DEFINITION,
  type APIBinding,
  type APIExport,
  CUSTOM_RESOURCE_DEFINITIONS,
  type CustomResourceDefinition,
  computeBindingName,
  FIELD_MANAGERS,
  newAPIBinding,
  PROJECTED,
  PROJECTED_VALUE,
} from '@kubestellar/api';
import {
  type Applier,
  isAlreadyExists,
  isNotFound,
  type KubeClient,
  keyOf,
  type RequeueAfter,
} from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import type { Mailbox, Mailboxes } from '../cache/mailboxes.ts';
import { BOUND_CRDS, type Catalog, type Definition } from '../cache/served-resources.ts';
import type { Desired } from '../desired/desired-state.ts';
import { type AllowedExport, whyNotAsApproved } from './allowed.ts';
import type { AllowedExports } from './allowed-exports.ts';
import { apiOf, definitionOf, identityOfDefinition } from './definition.ts';
import { type APIsOfMailbox, bindingSource, isOurs, type MailboxAPIs } from './mailbox-apis.ts';
import { forgetDefinitions } from './stale-locks.ts';

const FIELD_MANAGER = FIELD_MANAGERS.placementTranslator;
/** How soon what is needed no more, but has objects, is looked at again, and what an administrator has to do (milliseconds). */
const LOOK_AGAIN = 30_000;

/** Told that the API of some kinds of a mailbox workspace, or what keeps them from coming, is another now. */
export type OnAPIsChange = (mailbox: string, groupResources: ReadonlySet<string>) => void;

/** The caches and clients that are used. */
export interface APIParts {
  /** A client that may read across all workspaces and write in each. */
  everywhere: KubeClient;
  applier: Pick<Applier, 'ensure' | 'forget'>;
  catalog: Catalog;
  mailboxes: Pick<Mailboxes, 'get' | 'clusterOf'>;
  desired: Pick<Desired, 'apisOf'>;
  /** Which exports mailbox workspaces may bind. */
  allowed: Pick<AllowedExports, 'current'>;
  /** Of which API each kind of each mailbox workspace is. */
  apis: MailboxAPIs;
}

/**
 * Makes a mailbox workspace serve the kinds of what is wanted there: by bindings of the translator's own to allowed
 * exports, by CRDs for the kinds of all others. Nothing of a tenant's binding gets there, and what an older release has
 * copied goes: claims at once, then the binding. Objects of such kinds stay in the clusters meanwhile, since the
 * SyncerConfig still lists them.
 */
export class APIReconciler {
  readonly #parts: APIParts;
  readonly #logger: Logger;
  readonly #onChange: OnAPIsChange;
  /** What was found last, by mailbox and resource: only what has changed is followed up. */
  readonly #found = new Map<string, Map<string, string>>();

  constructor(parts: APIParts, logger: Logger, onChange: OnAPIsChange) {
    this.#parts = parts;
    this.#logger = logger;
    this.#onChange = onChange;
  }

  /** @param mailboxName of a mailbox workspace, ready or not */
  async reconcile(mailboxName: string): Promise<RequeueAfter | undefined> {
    const cluster = this.#parts.mailboxes.clusterOf(mailboxName);
    if (cluster === undefined) {
      this.#found.delete(mailboxName);
      return undefined;
    }
    await this.#dropClaims(cluster);
    const mailbox = this.#parts.mailboxes.get(mailboxName);
    if (!mailbox) return undefined;
    const again = await this.#provideAll(mailbox);
    this.#compare(mailbox);
    return again ? { requeueAfter: LOOK_AGAIN } : undefined;
  }

  /** Accepted claims let the owner of an export at what everybody has in the mailbox workspace. */
  async #dropClaims(cluster: string): Promise<void> {
    const { catalog, everywhere } = this.#parts;
    for (const { metadata, spec } of catalog.bindingsIn(cluster)) {
      if (!spec?.permissionClaims?.length) continue;
      const { name } = metadata;
      await everywhere
        .workspace(cluster)
        .mergePatch(
          API_BINDINGS,
          { name },
          { spec: { permissionClaims: null } },
          { fieldManager: FIELD_MANAGER },
        );
      this.#logger.warn({ cluster, binding: name }, 'permission claims taken from a mailbox workspace');
    }
  }

  async #provideAll(mailbox: Mailbox): Promise<boolean> {
    const { allowed, apis } = this.#parts;
    const before = apis.in(mailbox);
    const wanted = before.wanted();
    // What is to come is decided while what an older release has left is still there: the first one stays.
    const decided = [...wanted].map((resource) => ({ resource, ...before.decisionOn(resource) }));
    for (const binding of before.bindings())
      if (!allowed.current.mayStay(binding)) await this.#deleteBinding(mailbox, binding);
    if (!before.isGuarded) return false;
    let again = false;
    for (const { resource, provider } of decided) {
      const blocker =
        provider?.kind === 'binding'
          ? await this.#bind(mailbox, before, provider.to)
          : await this.#define(mailbox, before, resource, provider?.kind === 'definition' ? provider.of : '');
      apis.setBlocker(mailbox.name, resource, blocker);
      if (blocker !== undefined) again = true;
    }
    return (await this.#takeAway(mailbox, before, wanted)) || again;
  }

  /** @returns what keeps the export from being bound, as far as waiting does not help */
  async #bind(mailbox: Mailbox, apis: APIsOfMailbox, to: AllowedExport): Promise<string | undefined> {
    const { allowed, everywhere } = this.#parts;
    const present = apis.bindings().find((binding) => {
      const { path, name } = allowed.current.exportBehind(binding) ?? {};
      return path === to.path && name === to.name;
    });
    if (present) return this.#conflictOf(mailbox, apis, to, present);
    // The binding could serve nothing as long as the mailbox workspace has any of its kinds from elsewhere.
    const definitions = [...to.resources].flatMap((each) => apis.definition(each) ?? []);
    for (const definition of definitions) await this.#deleteDefinition(mailbox, definition);
    const foreign = definitions.find((definition) => !isOurs(definition));
    if (foreign)
      return `the mailbox workspace has a CustomResourceDefinition ${foreign.metadata.name} of its own`;
    if (definitions.length > 0 || [...to.resources].some((each) => this.#isTaken(mailbox, each)))
      return undefined;
    if (to.isApproved) {
      const exporter = everywhere.workspace(to.path);
      const live = await exporter.get<APIExport>(API_EXPORTS, { name: to.name }).catch(absentIfNotFound);
      const reason = whyNotAsApproved(to, live);
      if (reason !== undefined) return reason;
    }
    const binding = newAPIBinding(bindingName(to), to.path, to.name);
    binding.metadata.labels = { [PROJECTED]: PROJECTED_VALUE };
    try {
      await everywhere
        .workspace(mailbox.cluster)
        .create(API_BINDINGS, binding, { fieldManager: FIELD_MANAGER });
    } catch (error) {
      // Another one of this name is on its way out, or the cache is behind our own write: the change of it brings us back.
      if (!isAlreadyExists(error)) throw error;
    }
    return undefined;
  }

  /** @returns what kcp says keeps a binding from serving its kinds, when something in its way is still there */
  async #conflictOf(
    mailbox: Mailbox,
    apis: APIsOfMailbox,
    to: AllowedExport,
    binding: APIBinding,
  ): Promise<string | undefined> {
    const conflict = conflictIn(binding);
    const isTaken = [...to.resources].some((each) => apis.definition(each) || this.#isTaken(mailbox, each));
    if (conflict !== undefined && !isTaken)
      await forgetDefinitions(this.#parts.everywhere.workspace(mailbox.cluster), to.resources);
    return conflict;
  }

  /** Whether a binding that must not stay still serves a resource. */
  #isTaken(mailbox: Mailbox, resource: string): boolean {
    const { catalog, allowed } = this.#parts;
    const type = catalog.typeIn(mailbox.cluster, resource);
    return type !== undefined && !allowed.current.isGenuine(type.identity, resource);
  }

  /** @param identity the API that is to serve the resource by a CRD; '' for none */
  async #define(
    mailbox: Mailbox,
    apis: APIsOfMailbox,
    resource: string,
    identity: string,
  ): Promise<string | undefined> {
    const { catalog, applier, everywhere, desired } = this.#parts;
    const present = apis.definition(resource);
    if (present && identityOfDefinition(present.metadata.annotations) !== identity) {
      await this.#deleteDefinition(mailbox, present);
      return undefined;
    }
    // A tenant's CRD comes as any other object that is placed.
    if (identity === '' || identity === 'crd') return undefined;
    if (present?.metadata.deletionTimestamp) return undefined;
    const isBound = catalog.typeIn(mailbox.cluster, resource);
    if (isBound && isBound.identity !== 'crd') return undefined; // an older release's binding, on its way out
    const schema = newestOf(
      desired.apisOf(mailbox.name, resource).flatMap(({ type, cluster }) => {
        const found = type.identity === identity ? catalog.schemaIn(cluster, resource) : undefined;
        return found ? [found] : [];
      }),
    );
    if (!schema) return undefined;
    const api = apiOf(identity, schema.metadata.name);
    if (present?.metadata.annotations?.[API_OF_DEFINITION] === api) return undefined;
    const bound = await everywhere
      .workspace(BOUND_CRDS)
      .get<CustomResourceDefinition>(CUSTOM_RESOURCE_DEFINITIONS, { name: schema.metadata.name });
    if (!bound) return undefined;
    const client = everywhere.workspace(mailbox.cluster);
    const name = { name: resource };
    const live = present && (await client.get<CustomResourceDefinition>(CUSTOM_RESOURCE_DEFINITIONS, name));
    await applier.ensure(client, CUSTOM_RESOURCE_DEFINITIONS, definitionOf(bound, identity), live);
    return undefined;
  }

  async #deleteBinding(mailbox: Mailbox, { metadata }: APIBinding): Promise<void> {
    if (metadata.deletionTimestamp || (await mailbox.isOrphan())) return;
    const { name, uid } = metadata;
    const client = this.#parts.everywhere.workspace(mailbox.cluster);
    await client.delete(API_BINDINGS, { name }, { uid });
    this.#logger.info({ mailbox: mailbox.name, binding: name }, 'APIBinding deleted');
  }

  async #deleteDefinition(mailbox: Mailbox, definition: Definition): Promise<void> {
    const { name, uid, deletionTimestamp } = definition.metadata;
    if (deletionTimestamp || !isOurs(definition) || (await mailbox.isOrphan())) return;
    const client = this.#parts.everywhere.workspace(mailbox.cluster);
    await client.delete(CUSTOM_RESOURCE_DEFINITIONS, { name }, { uid });
    this.#parts.applier.forget(client, CUSTOM_RESOURCE_DEFINITIONS, definition);
    this.#logger.info({ mailbox: mailbox.name, definition: name }, 'CustomResourceDefinition deleted');
  }

  /**
   * Takes away what serves kinds of which nothing is wanted and nothing is there any more. Copies go on proof only, so
   * that their absence is one.
   * @returns whether something stays for the sake of objects that are there
   */
  async #takeAway(mailbox: Mailbox, apis: APIsOfMailbox, wanted: ReadonlySet<string>): Promise<boolean> {
    const bindingsStay = await this.#takeBindingsAway(mailbox, apis, wanted);
    const definitionsStay = await this.#takeDefinitionsAway(mailbox, wanted);
    return bindingsStay || definitionsStay;
  }

  async #takeBindingsAway(
    mailbox: Mailbox,
    apis: APIsOfMailbox,
    wanted: ReadonlySet<string>,
  ): Promise<boolean> {
    const { catalog, allowed } = this.#parts;
    let stays = false;
    for (const binding of apis.bindings()) {
      if (binding.metadata.deletionTimestamp || !allowed.current.exportBehind(binding)) continue;
      const resources = catalog.definedBy(bindingSource(keyOf(binding)));
      if (resources.length === 0 || resources.some((resource) => wanted.has(resource))) continue;
      if (await this.#isEmpty(mailbox, resources)) await this.#deleteBinding(mailbox, binding);
      else stays = true;
    }
    return stays;
  }

  async #takeDefinitionsAway(mailbox: Mailbox, wanted: ReadonlySet<string>): Promise<boolean> {
    let stays = false;
    for (const definition of this.#parts.catalog.definitionsIn(mailbox.cluster)) {
      const { name, annotations, deletionTimestamp } = definition.metadata;
      if (deletionTimestamp || wanted.has(name) || identityOfDefinition(annotations) === 'crd') continue;
      if (await this.#isEmpty(mailbox, [name])) await this.#deleteDefinition(mailbox, definition);
      else stays = true;
    }
    return stays;
  }

  async #isEmpty(mailbox: Mailbox, resources: readonly string[]): Promise<boolean> {
    const client = this.#parts.everywhere.workspace(mailbox.cluster);
    for (const resource of resources) {
      const type = this.#parts.catalog.typeIn(mailbox.cluster, resource);
      if (!type) return false;
      try {
        if ((await client.listPage(type.resource, { limit: 1 })).items.length > 0) return false;
      } catch (error) {
        if (!isNotFound(error)) throw error;
        return false; // announced, and not served yet
      }
    }
    return true;
  }

  /** Follows up on what is another now. */
  #compare(mailbox: Mailbox): void {
    const apis = this.#parts.apis.in(mailbox);
    const before = this.#found.get(mailbox.name) ?? new Map<string, string>();
    const after = new Map<string, string>();
    const changed = new Set<string>();
    for (const resource of apis.wanted()) {
      const now = apis.fingerprint(resource);
      after.set(resource, now);
      if (before.get(resource) !== now) changed.add(resource);
    }
    this.#found.set(mailbox.name, after);
    if (changed.size > 0) this.#onChange(mailbox.name, changed);
  }
}

/** @returns the name of the translator's binding to an export, the same in all mailbox workspaces */
export function bindingName({ path, name, isApproved }: AllowedExport): string {
  if (!isApproved) return computeBindingName(name);
  const digest = createHash('sha256').update(`${path}|${name}`).digest('hex').slice(0, 10);
  return `${computeBindingName(name).slice(0, 200)}-${digest}`;
}

/** What kcp says when a binding can't serve its kinds beside others of their names. */
function conflictIn({ status }: APIBinding): string | undefined {
  const conflict = status?.conditions?.find(
    (condition) => condition.status === 'False' && condition.reason === 'NamingConflicts',
  );
  return conflict?.message;
}

function newestOf(schemas: readonly Definition[]): Definition | undefined {
  const rank = ({ metadata }: Definition) => `${metadata.creationTimestamp} ${metadata.name}`;
  return [...schemas].sort((a, b) => (rank(a) > rank(b) ? -1 : 1))[0];
}

function absentIfNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
  return undefined;
}
