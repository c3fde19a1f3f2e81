/** The bootstrap script deploys a core into a cluster, from a release that was made here. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildRelease } from '@kubestellar/release';
import { assert } from '@kubestellar/testing';
import { Forwarder } from '../forwarder.ts';
import { area } from '../scenarios.ts';
import type { Release } from './release.ts';

export const bootstrapped = area<Release>();

const NAMESPACE = 'bootstrapped';
const NODE_PORT = 30650;
const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';

/** Stands for an ingress controller that passes TLS through, of which this cluster has none. */
const STAND_IN = `
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata:
  name: stand-in
  annotations: { ingressclass.kubernetes.io/is-default-class: "true" }
spec: { controller: k8s.io/ingress-nginx }
---
apiVersion: v1
kind: Service
metadata: { name: stand-in, namespace: ${NAMESPACE} }
spec:
  type: NodePort
  selector: { app: kubestellar }
  ports: [{ port: 6443, nodePort: ${NODE_PORT} }]
`;

bootstrapped(
  'bootstrap installs archives of a release and deploys by them; its lines for other shells lead to the core',
  async ({ hosting }) => {
    const folder = await mkdtemp(join(tmpdir(), 'kubestellar-e2e-bootstrap-'));
    const archives = await buildRelease({
      log: () => undefined,
      targets: [{ os: 'linux', architecture }],
      output: join(folder, 'archives'),
    });
    await hosting.must(`kubectl create namespace ${NAMESPACE}; kubectl apply -f - <<'END'\n${STAND_IN}\nEND`);
    const ingress = await Forwarder.start('127.0.0.1', NODE_PORT, 0, await hosting.address());
    try {
      const port = ingress.address.split(':').at(-1);
      // The clone's own commands are not on $PATH, so that those of the archive are installed and used.
      const lines = await hosting.must(
        `PATH=\${PATH#*:}; cd ${folder} && bash ${archives}/bootstrap-kubestellar.sh --from ${archives} \
          --external-endpoint localhost:${port} --host-ns ${NAMESPACE}`,
      );
      assert.match(lines, `export PATH=${folder}/kubestellar/bin:`);
      const exports = await hosting.must(
        `PATH=\${PATH#*:}; ${lines}\nkubectl ws :root:espw >/dev/null; kubectl get apiexports -o name; kubectl config view --minify`,
      );
      assert.match(exports, /edge\.kubestellar\.io/);
      assert.match(exports, `server: https://localhost:${port}/clusters/root:espw`);
      assert.match(await hosting.must(`helm status kubestellar -n ${NAMESPACE}`), 'STATUS: deployed');
    } finally {
      ingress.stop();
      await hosting.sh(`helm delete kubestellar -n ${NAMESPACE} --wait --timeout 3m || true
        kubectl delete namespace/${NAMESPACE} ingressclass/stand-in`);
      await rm(folder, { recursive: true, force: true });
    }
  },
);
