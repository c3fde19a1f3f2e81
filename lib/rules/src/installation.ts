/**
 * Whether two holders of a syncer's Lease (`<uid of the installation>/<pod or host>/<pid>`) say that they are of one
 * installation, such as the pods of one Deployment. Whoever writes a Lease can say so.
 */
export function isSameInstallation(one: string, other: string): boolean {
  return one.split('/')[0] === other.split('/')[0];
}
