import { closeCore as closeShared, type Servers, startServers } from '../core.ts';
import type { LocalHome } from '../local.ts';
import { area as newArea } from '../scenarios.ts';
import { newTenant, type Tenant } from '../tenant.ts';

/** What a scenario works on: clients of administrators, and as many tenants as it likes. */
export interface TenantsCore extends Servers {
  /** Makes a workload workspace of its own for a user who has all rights there, and none elsewhere. */
  tenant(): Promise<Tenant>;
  /** Those made so far. */
  readonly tenants: readonly Tenant[];
}

/** @returns an area whose scenarios work on a TenantsCore */
export const area = newArea<TenantsCore>;

/** Starts a core with two clusters. @returns one Core for each lane, all on the same servers */
export async function startCore(home: LocalHome, lanes: number): Promise<TenantsCore[]> {
  const servers = await startServers(home);
  return Array.from({ length: lanes }, () => {
    const tenants: Tenant[] = [];
    const tenant = async () => {
      const made = await newTenant(servers);
      tenants.push(made);
      return made;
    };
    return { ...servers, tenants, tenant };
  });
}

/** Ends the connections. */
export async function closeCore(lanes: readonly TenantsCore[]): Promise<void> {
  const tenants = lanes.flatMap((lane) => lane.tenants);
  await Promise.all(tenants.map(({ client }) => client.connection.close()));
  await closeShared(lanes[0]);
}
