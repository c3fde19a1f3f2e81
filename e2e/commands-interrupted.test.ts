import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { CountingProxy, type Fate } from './support/counting-proxy.ts';
import { LocalHome, ROOT, run } from './support/local.ts';
import { writeProxied } from './support/proxied-kubeconfig.ts';

/**
 * Commands that go wrong at their Nth request, for every N, and are run again: the end is that of one run. The request
 * is refused; or carried out and its answer lost; or carried out and the command killed before it can know.
 */
const test = suite('interrupted commands', { timeout: 600_000 });

const FATES = ['refuse', 'lose', 'kill'] as const;
const IMW = 'root:imw-i';
const GROUP = 'edge.kubestellar.io';
/** More requests than any of these commands sends. */
const MOST = 200;

/** A command of the plugin; `name` is another one for each try where undoing would take long. */
interface Row {
  readonly args: (name: string) => string;
  /** Shell that makes the state before the command. */
  readonly before: (name: string) => string;
  /** Shell that prints the state that counts, alike for each name. */
  readonly state: (name: string) => string;
}

const PAIR = `kubectl ws ${IMW} >/dev/null; kubectl get synctargets.${GROUP},locations.${GROUP},apibindings -o json`;
const NO_PAIR = `kubectl ws ${IMW} >/dev/null; kubectl delete synctargets.${GROUP},locations.${GROUP} --all >/dev/null`;

const ROWS: readonly Row[] = [
  {
    args: () => `ensure location --imw ${IMW} i1 a=b c=d`,
    before: () => NO_PAIR,
    state: () => PAIR,
  },
  {
    args: () => `remove location --imw ${IMW} i1`,
    before: () => `${NO_PAIR}; kubectl kubestellar ensure location --imw ${IMW} i1 a=b >/dev/null`,
    state: () => PAIR,
  },
  {
    args: (name) => `ensure wmw ${name} --with-kube false`,
    before: () => 'kubectl ws root >/dev/null',
    state: (name) => `kubectl ws root:${name} >/dev/null; kubectl get apibindings -o json`,
  },
];

const home = await LocalHome.create();
/** The kubeconfig of the commands, and the proxy through which they reach kcp. */
const kubeconfig = join(home.path, 'interrupted.kubeconfig');
let proxy: CountingProxy;

test.before(async () => {
  const { code, stdout, stderr } = await home.npm('start', '--wecs', '1').done;
  assert.is(code, 0, `${stdout}${stderr}`);
  await home.must(`cp $KUBESTELLAR_HOME/admin.kubeconfig $KUBECONFIG && kubectl config use-context root
    kubectl ws create imw-i --type root:universal && kubectl kubestellar ensure location --imw ${IMW} i1 a=b`);
  const text = await readFile(home.env.KUBECONFIG ?? '', 'utf8');
  proxy = await CountingProxy.start(/server:\s*"?(https:\/\/[^/"\s]+)/.exec(text)?.[1] ?? '');
  await writeProxied(text, () => proxy.url, kubeconfig);
});

test.after(async () => {
  proxy?.stop();
  await home.dispose();
});

/** Bindings that kcp makes in each workspace, with names by chance. */
const KCP_S_OWN = /^(tenancy|topology)\.kcp\.io-/;

let number = 0;

for (const row of ROWS) {
  const title = row.args('NAME').split(' ').slice(0, 2).join(' ');
  for (const fate of FATES) {
    test(`${title}, each request in turn: ${fate}`, async () => {
      const whole = `i${++number}`;
      await home.must(row.before(whole));
      assert.is((await command(row, whole).done).code, 0);
      const wanted = await stateOf(row, whole);
      let reached = 0;
      for (let nth = 1; nth <= MOST; nth++) {
        const name = `i${++number}`;
        await home.must(row.before(name));
        if (!(await interruptedAt(nth, fate, row, name))) break;
        reached = nth;
        const again = await command(row, name).done;
        assert.is(again.code, 0, `run again after ${fate} at request ${nth}: ${again.stderr}`);
        assert.equal(await stateOf(row, name), wanted, `${fate} at request ${nth}`);
      }
      console.log(`    ${reached} requests`);
      assert.ok(reached > 2 && reached < MOST);
    });
  }
}

function command(row: Row, name: string) {
  const args = row.args(name).split(' ');
  return run(join(ROOT, 'bin', 'kubectl-kubestellar'), args, { ...home.env, KUBECONFIG: kubeconfig });
}

/** @returns whether the command got to its Nth request */
async function interruptedAt(
  nth: number,
  how: (typeof FATES)[number],
  row: Row,
  name: string,
): Promise<boolean> {
  let count = 0;
  proxy.fateOf = (): Fate => {
    if (++count !== nth) return 'pass';
    return how === 'refuse' ? 'refuse' : 'lose';
  };
  const running = command(row, name);
  proxy.onLost = () => how === 'kill' && running.kill('SIGKILL');
  const { code, stderr } = await running.done;
  proxy.fateOf = () => 'pass';
  proxy.onLost = () => {};
  // It may have tried again by itself, and succeeded.
  if (how !== 'kill' && code !== 0) assert.match(stderr, /^kubectl kubestellar \S+ \S+: /m);
  return count >= nth;
}

/** What is there, without what differs between two times of making it. */
async function stateOf(row: Row, name: string): Promise<unknown> {
  const { items } = JSON.parse(await home.must(row.state(name))) as {
    items: {
      kind: string;
      metadata: { name: string; labels?: object; annotations?: object };
      spec: object;
    }[];
  };
  return items
    .filter(({ metadata }) => !KCP_S_OWN.test(metadata.name))
    .map(({ kind, metadata, spec }) => ({ kind, name: metadata.name, labels: metadata.labels, spec }))
    .map((object) => JSON.stringify(object).replace(/"internal\.apis\.kcp\.io\/[^"]*":"[^"]*",?/g, ''))
    .sort();
}

test.run();
