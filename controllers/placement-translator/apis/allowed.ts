import {
  type APIBinding,
  type APIExport,
  type APIExportApproval,
  COMPUTE_PATH,
  EDGE_GROUP,
  ESPW_PATH,
  groupResourceOf,
} from '@kubestellar/api';
import { effectiveApprovals, groupIn, isReservedGroup, TRUSTED_PATHS } from '@kubestellar/rules';

/** An APIExport that mailbox workspaces may bind. */
export interface AllowedExport {
  /** The workspace that holds it, spelled as bindings are to name it. */
  path: string;
  name: string;
  /** What kcp knows the exported API by; another export of that name has another one. */
  identityHash: string;
  /** `plural.group` of all that may come by it. */
  resources: ReadonlySet<string>;
  /** Whether it is an approval that allows it: then it must export nothing else. */
  isApproved: boolean;
}

/** Which APIs may come into mailbox workspaces as they are. What a tenant can write has no part in it. */
export class AllowedAPIs {
  readonly #exports: readonly AllowedExport[];
  readonly #byResource = new Map<string, AllowedExport>();
  readonly #groups = new Set<string>();

  readonly #espwPath: string;

  /** @param exports in the order of their rank, should two have the same resource */
  constructor(exports: readonly AllowedExport[], espwPath = ESPW_PATH) {
    this.#exports = exports;
    this.#espwPath = espwPath;
    for (const each of exports) {
      for (const resource of each.resources) {
        if (!this.#byResource.has(resource)) this.#byResource.set(resource, each);
        this.#groups.add(groupIn(resource));
      }
    }
  }

  /** @returns the export that brings a resource (`plural.group`) into mailbox workspaces */
  exportOf(groupResource: string): AllowedExport | undefined {
    return this.#byResource.get(groupResource);
  }

  /** Whether no tenant's API may have a resource of this group. */
  isReserved(group: string): boolean {
    return isReservedGroup(group) || this.#groups.has(group);
  }

  /** Whether objects of a resource, as stored under an identity, are what kcp or an allowed export serves. */
  isGenuine(identity: string, groupResource: string): boolean {
    if (identity === '') return true;
    return this.#exports.some((each) => each.identityHash === identity && each.resources.has(groupResource));
  }

  /** Whether an APIBinding of a mailbox workspace may stay: what it leads to is allowed, or every mailbox has it. */
  mayStay(binding: APIBinding): boolean {
    const { path, name } = binding.spec?.reference.export ?? {};
    // Nobody but administrators exports there, and exports that are not known for a moment prove nothing.
    if (path !== undefined && TRUSTED_PATHS.includes(path)) return true;
    if (path === this.#espwPath && name === EDGE_GROUP) return true;
    return this.exportBehind(binding) !== undefined;
  }

  /** @returns the allowed export that an APIBinding of a mailbox workspace leads to */
  exportBehind(binding: APIBinding): AllowedExport | undefined {
    const { path, name } = binding.spec?.reference.export ?? {};
    const found = this.#exports.find((each) => each.path === path && each.name === name);
    if (!found) return undefined;
    const bound = binding.status?.boundResources ?? [];
    return bound.every(({ schema }) => schema.identityHash === found.identityHash) ? found : undefined;
  }
}

/**
 * @param computeExports the APIExports of `root:compute`
 * @param approvals the APIExportApprovals of the ESPW
 * @param espwPath the workspace that exports the edge API
 */
export function allowedAPIs(
  computeExports: readonly APIExport[],
  approvals: readonly APIExportApproval[],
  espwPath?: string,
): AllowedAPIs {
  const own = computeExports.flatMap(({ metadata, spec, status }): AllowedExport[] => {
    const identityHash = status?.identityHash;
    if (!identityHash) return [];
    const resources = resourcesOf(spec?.resources ?? []);
    return [{ path: COMPUTE_PATH, name: metadata.name, identityHash, resources, isApproved: false }];
  });
  const approved = effectiveApprovals(approvals).flatMap(({ spec }): AllowedExport[] => {
    if (!spec) return [];
    const { identityHash, resources } = spec;
    return [{ ...spec.export, identityHash, resources: new Set(resources), isApproved: true }];
  });
  return new AllowedAPIs([...own, ...approved], espwPath);
}

/** Why an approved export is not bound after all; undefined when it is what was approved. */
export function whyNotAsApproved(
  { path, name, identityHash, resources }: AllowedExport,
  live: APIExport | undefined,
): string | undefined {
  const which = `the approved APIExport ${name} of workspace ${path}`;
  if (!live) return `${which} does not exist`;
  if (live.status?.identityHash !== identityHash)
    return `${which} has another identity than the approval names`;
  const others = [...resourcesOf(live.spec?.resources ?? [])].filter((each) => !resources.has(each));
  if (others.length === 0) return undefined;
  return `${which} exports ${others.join(', ')}, too, which its approval does not name`;
}

function resourcesOf(resources: readonly { group: string; name: string }[]): Set<string> {
  return new Set(resources.map(({ group, name }) => groupResourceOf({ group, plural: name })));
}
