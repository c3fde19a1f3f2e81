import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';

/** Something that no log may hold: what it is called in findings, and how a line that holds it is recognized. */
interface Trap {
  name: string;
  isIn(line: string): boolean;
}

/** Shorter ones stand in logs by accident. */
const SHORTEST_SECRET = 8;
/** Characters of a long secret that are searched for; the beginnings of keys are alike, so these are of its middle. */
const WINDOW = 48;

/** How servers in Go log what is no text, such as objects in the binary form: sixteen bytes a line. */
const HEX_DUMP = /^\s*[0-9a-f]{8} {2}((?:[0-9a-f]{2} {1,2}){1,16}) *\|/;

/** What is a secret whoever it belongs to. Base64 has three forms of a text, one for each place where it may begin. */
const SHAPES: readonly Trap[] = [
  shape('a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/),
  shape('a private key in base64', new RegExp(base64Forms(' PRIVATE KEY-----').map(escaped).join('|'))),
  shape('a Bearer header', /\bbearer[ :"']+(?=[\w.~+/-]*\d)[\w.~+/-]{20,}/i),
  shape('a Basic header', /\bauthorization[ :"']+basic +[\w+/-]{8,}/i),
  shape('a JSON web token', /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}/),
  shape('a password in a URL', /\b[a-z]+:\/\/[^\s/:@"']+:[^\s/:@"']+@/),
  shape('a token or password as an argument', /--(?:token|password)[= ](?!<|\[|\*|REDACTED|\.\.\.)\S{8,}/),
];

/**
 * Searches all files below a folder for secrets: those given, as they are and as JSON, URLs, base64 and dumps of bytes
 * spell them, and what is one by its shape (private keys, Bearer headers, JSON web tokens).
 * @param folder such as the logs of a LocalHome, or what `KUBESTELLAR_E2E_LOGS` names
 * @returns a line for each file and kind of secret, which says where it stands but not what it is; none: no secret
 * @throws Error when there is nothing to search, or a secret is too short to be searched for
 */
export async function scanForSecrets(folder: string, secrets: readonly string[]): Promise<string[]> {
  const traps = [...SHAPES, ...secrets.flatMap(trapsOf)];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  let characters = 0;
  const findings: string[] = [];
  for (const file of files.sort()) {
    const hits = new Map<string, { first: number; count: number }>();
    let number = 0;
    // Latin-1 keeps each byte a character, whatever programs write.
    const lines = createInterface({
      input: createReadStream(file, 'latin1'),
      crlfDelay: Number.POSITIVE_INFINITY,
    });
    const look = (text: string) => {
      for (const { name } of traps.filter(({ isIn }) => isIn(text))) {
        const { first = number, count = 0 } = hits.get(name) ?? {};
        hits.set(name, { first, count: count + 1 });
      }
    };
    let dump = '';
    for await (const line of lines) {
      const bytes = HEX_DUMP.exec(line)?.[1];
      if (bytes === undefined && dump !== '') {
        look(dump);
        dump = '';
      }
      number++;
      characters += line.length;
      if (bytes === undefined) look(line);
      else dump += Buffer.from(bytes.replaceAll(' ', ''), 'hex').toString('latin1');
    }
    if (dump !== '') look(dump);
    findings.push(...[...hits].map(([name, hit]) => describeHit(relative(folder, file), name, hit)));
  }
  if (characters === 0) throw new Error(`there is nothing to scan for secrets in ${folder}`);
  return findings;
}

/** @returns the tokens, passwords and private keys of all kubeconfigs (`*kubeconfig*`) below a folder */
export async function secretsOfKubeconfigs(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.includes('kubeconfig'));
  const texts = await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')));
  return unique(texts.flatMap(secretsOfKubeconfig));
}

/** @returns the tokens, passwords and private keys of a kubeconfig */
export function secretsOfKubeconfig(text: string): string[] {
  const { users } = (parse(text) ?? {}) as { users?: { user?: Record<string, unknown> }[] | null };
  return (users ?? []).flatMap(({ user }) => {
    const { token, password, 'client-key-data': key } = user ?? {};
    const given = [token, password].filter((secret) => typeof secret === 'string' && secret !== '');
    return [...(given as string[]), ...(typeof key === 'string' ? [atob(key)] : [])];
  });
}

function shape(name: string, pattern: RegExp): Trap {
  return { name, isIn: (line) => pattern.test(line) };
}

function trapsOf(secret: string, index: number, secrets: readonly string[]): Trap[] {
  if (secrets.indexOf(secret) < index) return [];
  if (secret.length < SHORTEST_SECRET) {
    throw new Error(
      `secret ${index + 1} has fewer than ${SHORTEST_SECRET} characters and would be found by accident`,
    );
  }
  const name = `secret ${index + 1} of those given`;
  const bytes = Buffer.from(secret).toString('latin1');
  const plain = [...linesOf(bytes), JSON.stringify(bytes).slice(1, -1), encodeURIComponent(secret)];
  const encoded = base64Forms(secret);
  return [trap(name, plain), trap(`${name}, in base64`, [...encoded, ...encoded.map(urlSafe)])];
}

function trap(name: string, texts: readonly string[]): Trap {
  const needles = unique(texts.map(middle));
  return { name, isIn: (line) => needles.some((needle) => line.includes(needle)) };
}

/**
 * Lines of a secret that are secret by themselves; a log may break where the secret does. The last ones: RSA keys begin
 * with what is public.
 */
function linesOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/);
  if (lines.length === 1) return lines;
  return lines.filter((line) => line.length >= WINDOW / 2 && !line.startsWith('-----')).slice(-4);
}

function middle(text: string): string {
  const begin = Math.max(0, Math.floor((text.length - WINDOW) / 2));
  return text.slice(begin, begin + WINDOW);
}

/** What base64 makes of a text inside another one, without the characters at its ends that depend on that other. */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const dependsOnNext = (before + bytes.length) % 3 === 0 ? 0 : 1;
    return encoded.slice(before === 0 ? 0 : before + 1, encoded.length - dependsOnNext);
  });
}

function urlSafe(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_');
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

function describeHit(file: string, name: string, { first, count }: { first: number; count: number }): string {
  return `${file}, line ${first}: ${name}${count > 1 ? ` (${count} lines)` : ''}`;
}
