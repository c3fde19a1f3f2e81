/** An authority as people have one: a root that is kept away, and below it issuers that come and go. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CA } from '@kubestellar/pki';
import type { KindCluster } from '../kind.ts';

export const ISSUER_SECRET = 'our-issuer';

/** A root authority of the test's. */
export class Root {
  readonly #authority: CA;

  private constructor(authority: CA) {
    this.#authority = authority;
  }

  static async create(): Promise<Root> {
    return new Root(await CA.create('Root of the test'));
  }

  /** PEM. */
  get certificate(): string {
    return this.#authority.certificate;
  }

  /** Writes a new issuer, certified by the root, into the Secret, as cert-manager would. */
  async writeIssuer(hosting: KindCluster, namespace: string, name: string): Promise<void> {
    const issuer = await CA.create(name);
    await writeSecret(hosting, namespace, ISSUER_SECRET, {
      'tls.crt': await this.#authority.certify(issuer),
      'tls.key': issuer.key,
      'ca.crt': this.certificate,
    });
  }
}

/** Makes a Secret be there with these texts. */
export async function writeSecret(
  hosting: KindCluster,
  namespace: string,
  name: string,
  texts: Readonly<Record<string, string>>,
): Promise<void> {
  const folder = await hosting.scratch(`${namespace}-${name}`);
  for (const [key, text] of Object.entries(texts)) await writeFile(join(folder, key), text);
  const from = Object.keys(texts).map((key) => `--from-file=${join(folder, key)}`);
  await hosting.must(`kubectl create secret generic ${name} -n ${namespace} ${from.join(' ')} --dry-run=client -o yaml |
    kubectl apply -f -`);
}
