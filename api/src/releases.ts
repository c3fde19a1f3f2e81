/** Where the project lives. */
export const HOMEPAGE = 'https://github.com/kubestellar-ts/kubestellar';

/** Where releases are; the bootstrap script has the same address. */
export const RELEASES = `${HOMEPAGE}/releases`;

/** The address of a file of a release. @param version without a leading "v" */
export function releaseUrl(version: string, file: string): string {
  return `${RELEASES}/download/v${version}/${file}`;
}
