import { stringify } from 'yaml';

/** One server and one identity. */
export interface Access {
  /** Name of the cluster and context. */
  name: string;
  server: string;
  /** PEM. */
  certificateAuthority: string;
  user: string;
  credentials: { certificate: string; key: string } | { token: string };
}

/** A kubeconfig with one context, as YAML. Holds secrets: write it with writePrivate. */
export function kubeconfigOf(access: Access): string {
  const { name, server, certificateAuthority, user, credentials } = access;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(certificateAuthority) } }],
    users: [
      {
        name: user,
        user:
          'token' in credentials
            ? { token: credentials.token }
            : {
                'client-certificate-data': base64(credentials.certificate),
                'client-key-data': base64(credentials.key),
              },
      },
    ],
    contexts: [{ name, context: { cluster: name, user } }],
    'current-context': name,
  });
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
