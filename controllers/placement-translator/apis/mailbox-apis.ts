import {
  type APIBinding,
  CUSTOM_RESOURCE_DEFINITIONS,
  groupResourceOf,
  MAILBOX_BINDING,
  PROJECTED,
} from '@kubestellar/api';
import { parseKey } from '@kubestellar/kube';
import { type Problem, problem } from '@kubestellar/rules';
import { API_BINDING_TYPE, type Catalog, type Definition } from '../cache/served-resources.ts';
import type { Desired } from '../desired/desired-state.ts';
import { kindKey, type LocalObject, localResourceOf, type WatchedType } from '../keys.ts';
import type { AllowedAPIs } from './allowed.ts';
import { type Candidate, type Decision, decide } from './decide.ts';
import { identityOfDefinition } from './definition.ts';

const DEFINITIONS = groupResourceOf(CUSTOM_RESOURCE_DEFINITIONS);
const MISMATCH = 'APIMismatch';

/** A mailbox workspace, ready or not. */
export interface MailboxPlace {
  name: string;
  /** ID of its logical cluster; '' while that is not known. */
  cluster: string;
}

/** What MailboxAPIs reads. */
export interface MailboxAPIsInput {
  catalog: Catalog;
  desired: Desired;
  allowed(): AllowedAPIs;
  /** Whether a mailbox workspace (its cluster) has copies of a resource (`plural.group`), wanted or not. */
  hasCopies(cluster: string, groupResource: string): boolean;
}

/** Of which API each kind of each mailbox workspace is: worked out from the caches whenever somebody asks. */
export class MailboxAPIs {
  readonly #input: MailboxAPIsInput;
  /** What keeps an API from coming, by mailbox and resource. */
  readonly #blockers = new Map<string, string>();

  constructor(input: MailboxAPIsInput) {
    this.#input = input;
  }

  /** @returns the answers for one mailbox workspace, good for as long as nothing is awaited */
  in(mailbox: MailboxPlace): APIsOfMailbox {
    return new APIsOfMailbox(this.#input, mailbox, (resource) =>
      this.#blockers.get(kindKey(mailbox.name, resource)),
    );
  }

  /** Takes down what keeps an API from coming into a mailbox workspace, or that nothing does any more. */
  setBlocker(mailbox: string, groupResource: string, message: string | undefined): void {
    const key = kindKey(mailbox, groupResource);
    if (message === undefined) this.#blockers.delete(key);
    else this.#blockers.set(key, message);
  }
}

/** Of which API each kind of one mailbox workspace is. */
export class APIsOfMailbox {
  readonly #input: MailboxAPIsInput;
  readonly #mailbox: MailboxPlace;
  readonly #blockerOf: (groupResource: string) => string | undefined;
  readonly #decisions = new Map<string, Decision>();

  constructor(
    input: MailboxAPIsInput,
    mailbox: MailboxPlace,
    blockerOf: (groupResource: string) => string | undefined,
  ) {
    this.#input = input;
    this.#mailbox = mailbox;
    this.#blockerOf = blockerOf;
  }

  /**
   * Whether the policy of the mailbox workspace is in force: the mailbox-controller makes this binding after it. Before,
   * no API comes there.
   */
  get isGuarded(): boolean {
    return this.bindings().some(({ metadata }) => metadata.name === MAILBOX_BINDING);
  }

  /** @returns all APIBindings that the mailbox workspace has */
  bindings(): readonly APIBinding[] {
    return this.#input.catalog.bindingsIn(this.#mailbox.cluster);
  }

  /** @returns the CRD of a resource (`plural.group`) that the mailbox workspace has */
  definition(groupResource: string): Definition | undefined {
    return this.#input.catalog.definition(this.#mailbox.cluster, groupResource);
  }

  /** @returns all resources of which objects, or whose CRD, are wanted there */
  wanted(): Set<string> {
    const { desired } = this.#input;
    const resources = new Set(desired.resourcesIn(this.#mailbox.name));
    if (resources.delete(DEFINITIONS)) {
      for (const local of desired.ofResourceIn(this.#mailbox.name, DEFINITIONS)) resources.add(local.name);
    }
    return resources;
  }

  /** @returns of which API a resource (`plural.group`) is */
  decisionOn(groupResource: string): Decision {
    const known = this.#decisions.get(groupResource);
    if (known) return known;
    const decision = decide(this.#input.allowed(), {
      groupResource,
      isNative: this.#input.catalog.isNative(groupResource),
      candidates: () => this.#candidates(groupResource),
      present: () => this.#present(groupResource),
    });
    this.#decisions.set(groupResource, decision);
    return decision;
  }

  /** Whether an object of this type, wanted as this local object, is of the API that its kind has there. */
  accepts(type: WatchedType, local: LocalObject): boolean {
    return this.decisionOn(definedIn(local)).accepts(apiOf(type, local));
  }

  /** Whether objects can be written: their kind is served, and by the API that is to serve it. */
  isReady(local: LocalObject): boolean {
    const resource = definedIn(local);
    const { provider } = this.decisionOn(resource);
    const { catalog, allowed } = this.#input;
    const served = catalog.typeIn(this.#mailbox.cluster, resource)?.identity;
    if (local.groupResource === DEFINITIONS) {
      const isFree = served === undefined || served === 'crd';
      const present = this.definition(resource);
      return (
        this.isGuarded && isFree && (!present || identityOfDefinition(present.metadata.annotations) === 'crd')
      );
    }
    switch (provider?.kind) {
      case 'native':
        return served !== undefined && allowed().isGenuine(served, resource);
      case 'binding':
        return served === provider.to.identityHash;
      case 'definition':
        return served === 'crd' && this.#present(resource) === provider.of;
      default:
        return false;
    }
  }

  /** @returns why an object of this type does not get there, as far as its API is the cause */
  problemOf(type: WatchedType, local: LocalObject): Problem | undefined {
    const resource = definedIn(local);
    const { accepts, isReserved } = this.decisionOn(resource);
    if (!accepts(apiOf(type, local))) {
      return problem(
        MISMATCH,
        isReserved
          ? `${resource} of this workspace is another API than the clusters', and its group belongs to Kubernetes, ` +
              'kcp, KubeStellar or an approved APIExport; give your API a group of its own'
          : `${resource} of this workspace is another API than the one of this name that another workspace has ` +
              'brought to the cluster before; give yours another group, or ask an administrator of the core for an ' +
              'APIExportApproval',
      );
    }
    const blocker = this.#blockerOn(resource);
    return blocker === undefined ? undefined : problem(MISMATCH, `${resource} can't be served: ${blocker}`);
  }

  /** @returns what changes when the API of a resource does, or what keeps it from coming */
  fingerprint(groupResource: string): string {
    const { provider } = this.decisionOn(groupResource);
    const which =
      provider?.kind === 'binding'
        ? provider.to.identityHash
        : provider?.kind === 'definition'
          ? provider.of
          : '';
    const served = this.#input.catalog.typeIn(this.#mailbox.cluster, groupResource)?.identity;
    const present = this.#present(groupResource);
    return [provider?.kind, which, served, present, this.#blockerOn(groupResource), this.isGuarded].join('|');
  }

  /** What keeps the API that is to serve a resource from doing so. */
  #blockerOn(groupResource: string): string | undefined {
    const definition = this.definition(groupResource);
    return this.#blockerOf(groupResource) ?? (definition && nameConflictOf(definition));
  }

  #candidates(groupResource: string): Candidate[] {
    const { catalog, desired } = this.#input;
    const objects = desired.apisOf(this.#mailbox.name, groupResource).map(({ type, cluster }) => {
      const name = groupResourceOf(type.resource);
      return { identity: type.identity, groupResource: name, since: catalog.since(cluster, name) };
    });
    const definition = { groupResource: DEFINITIONS, namespace: '', name: groupResource };
    const definitions = desired.in(this.#mailbox.name, definition).map(({ source }) => {
      const { cluster } = parseKey(source.key);
      return { identity: 'crd', groupResource, since: catalog.since(cluster, groupResource) };
    });
    return [...objects, ...definitions, ...this.#remaining(groupResource)];
  }

  /** Copies that nobody wants stay until the brake permits their removal: with another API they would end at once. */
  #remaining(groupResource: string): Candidate[] {
    const identity = this.#present(groupResource);
    if (identity === undefined || !this.#input.hasCopies(this.#mailbox.cluster, groupResource)) return [];
    return [{ identity, groupResource, since: '' }];
  }

  /** The API of a tenant's that is there now: as a CRD, or, as releases before this one left it, by a binding. */
  #present(groupResource: string): string | undefined {
    const definition = this.definition(groupResource);
    if (definition) return identityOfDefinition(definition.metadata.annotations);
    const served = this.#input.catalog.typeIn(this.#mailbox.cluster, groupResource);
    return served?.identity || undefined;
  }
}

/** Whether the placement-translator has put a CRD into a mailbox workspace. */
export function isOurs({ metadata }: Definition): boolean {
  return metadata.labels?.[PROJECTED] !== undefined || identityOfDefinition(metadata.annotations) !== 'crd';
}

/** Whether a binding is what defines resources, in terms of the catalog. */
export const bindingSource = (key: string) => ({ type: API_BINDING_TYPE, key });

/** What kcp says of a CRD whose names, or some of them, another one of its group has. */
function nameConflictOf({ status }: Definition): string | undefined {
  const accepted = status?.conditions?.find(({ type }) => type === 'NamesAccepted');
  return accepted?.status === 'False' ? (accepted.message ?? 'its names are taken') : undefined;
}

/** A CRD is of the kind that it defines, which no other API may take meanwhile. */
function definedIn({ groupResource, name }: LocalObject): string {
  return groupResource === DEFINITIONS ? name : groupResource;
}

function apiOf(type: WatchedType, local: LocalObject): Pick<Candidate, 'identity' | 'groupResource'> {
  return localResourceOf(type) === DEFINITIONS
    ? { identity: 'crd', groupResource: local.name }
    : { identity: type.identity, groupResource: groupResourceOf(type.resource) };
}
