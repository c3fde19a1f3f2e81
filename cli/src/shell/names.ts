import { UsageError } from './failure.ts';

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const DNS_LABEL = new RegExp(`^${LABEL}$`);
const DNS_SUBDOMAIN = new RegExp(`^${LABEL}(\\.${LABEL})*$`);

/**
 * The one positional argument of a command: the name of a workspace, one segment of a path.
 * @throws UsageError when it is missing, not alone, or no such name
 */
export function oneName(words: readonly string[], what: string): string {
  const [name, ...more] = words;
  if (name === undefined) throw new UsageError(`missing the name of the ${what}`);
  if (more.length > 0) throw new UsageError(`expected one name, got ${words.length}: ${words.join(' ')}`);
  if (DNS_LABEL.test(name) && name.length <= 63) return name;
  throw new UsageError(`"${name}" is no workspace name: lower-case letters, digits and "-", at most 63`);
}

/**
 * The name of a SyncTarget and Location (docs/commands.md, "ensure location").
 * @throws UsageError when it is missing or not allowed
 */
export function locationName(name: string | undefined): string {
  if (name === undefined || name === '') throw new UsageError('missing the name of the location');
  if (name === 'default') throw new UsageError('a location may not be named "default"');
  if (DNS_SUBDOMAIN.test(name) && name.length <= 253) return name;
  throw new UsageError(
    `"${name}" is no location name: lower-case letters, digits, "-" and ".", beginning and ending with a letter or digit`,
  );
}

const PLACEMENT_TYPE = /^(edgeplacements?|epl)(\.edge\.kubestellar\.io)?$/;

/**
 * The EdgePlacement that is meant, in kubectl's ways to name an object: `edgeplacement/NAME` or `edgeplacement NAME`.
 * @throws UsageError when it is missing, not alone, or something else
 */
export function placementName(words: readonly string[]): string {
  if (words.length === 0) throw new UsageError('missing what to approve: edgeplacement/NAME');
  const [type = '', name, ...more] = words.length === 1 ? (words[0] ?? '').split('/') : words;
  if (more.length > 0) throw new UsageError(`expected one edgeplacement/NAME, got ${words.join(' ')}`);
  if (!PLACEMENT_TYPE.test(type) || name === undefined)
    throw new UsageError(`"${words.join(' ')}" does not name what can be approved: edgeplacement/NAME`);
  if (DNS_SUBDOMAIN.test(name) && name.length <= 253) return name;
  throw new UsageError(`"${name}" is no name of an EdgePlacement: lower-case letters, digits, "-" and "."`);
}
