/** Requests that are none of the tenant's business, and such as might become somebody else's on their way. */
import { CONFIG_MAPS, SECRETS } from '@kubestellar/api';
import fc from 'fast-check';
import { actingAs, asked, below, type Move, POWERFUL, pathOf, type Receiver, type Scene } from '../move.ts';

/** What can be sent to kcp and to the workspace proxy. */
export function requestMoves(scene: Scene): [weight: number, fc.Arbitrary<Move>][] {
  const { own, victim, mailboxes, others } = scene;
  const elsewhere = fc
    .record({
      where: fc.constantFrom(victim, ...mailboxes, ...others, { path: '*' }),
      to: fc.constantFrom<Receiver>('kcp', 'kcp as account', 'proxy'),
      somebody: fc.option(fc.constantFrom(...POWERFUL), { nil: undefined, freq: 1 }),
      method: fc.constantFrom('GET', 'DELETE'),
      kind: fc.constantFrom(SECRETS, CONFIG_MAPS),
    })
    .map(({ where, to, method, kind, somebody }): Move => {
      const step = asked(method, below(where, pathOf(kind, victim.namespace)), to);
      return {
        kind: 'ask another workspace',
        forbidden: 'a request to another workspace was accepted',
        steps: [somebody ? actingAs(step, somebody) : step],
      };
    });
  const own_ = fc.constantFrom(SECRETS, CONFIG_MAPS).map(
    (kind): Move => ({
      kind: 'ask the own workspace through the proxy',
      steps: [asked('GET', below(own, pathOf(kind)), 'proxy')],
    }),
  );
  const path = fc
    .constantFrom(...odd(scene))
    .map((each): Move => ({ kind: 'ask for an oddly spelled path', steps: [asked('GET', each, 'proxy')] }));
  return [
    [2, elsewhere],
    [2, own_],
    [2, path],
    [4, smuggling(scene)],
  ];
}

function odd({ own, victim }: Scene): string[] {
  const inside = pathOf(SECRETS, victim.namespace);
  return [
    below(own, '/apis/rbac%2eauthorization.k8s.io/v1/clusterroles'),
    below(own, '/apis/rbac.authorization.k8s.io%2fv1/clusterroles'),
    below(own, '//apis/rbac.authorization.k8s.io/v1/clusterroles'),
    `/clusters/${own.path}/../${victim.path}${inside}`,
    `/clusters/${own.path}/%2e%2e/${victim.path}${inside}`,
    `/clusters/${own.path}%2f..%2f${victim.path}${inside}`,
    `/clusters/${own.path}/..%5c${victim.path}${inside}`,
    `/%63lusters/${victim.path}${inside}`,
    below(own, '/apis/%FF'),
  ];
}

/** A request that hides another one, which would bring the credentials of whoever comes next on a connection. */
function smuggling({ own, victim }: Scene): fc.Arbitrary<Move> {
  const outer = fc.constantFrom('GET', 'DELETE', 'POST', 'HEAD', 'OPTIONS', 'PUT');
  const hidden = fc.constantFrom(
    `GET ${below(victim, pathOf(SECRETS, victim.namespace))} HTTP/1.1`,
    `DELETE ${below(victim, pathOf(CONFIG_MAPS, victim.namespace, 'changing'))} HTTP/1.1`,
    `DELETE ${below(victim, pathOf(SECRETS, victim.namespace, 'changing'))} HTTP/1.1`,
  );
  const encoding = fc.constantFrom(
    ...['transfer-encoding: chunked', 'Transfer-Encoding : chunked', 'transfer-encoding:\tchunked'],
    ...[
      'transfer-encoding: xchunked',
      'transfer-encoding: chunked, identity',
      'x: y\r\n transfer-encoding: chunked',
    ],
    ...[
      'transfer-encoding: identity\r\ntransfer-encoding: chunked',
      'connection: transfer-encoding\r\ntransfer-encoding: chunked',
      '',
    ],
  );
  const length = fc.constantFrom('none', 'zero', 'all', 'less', 'twice');
  const ending = fc.constantFrom('x: ', 'host: x\r\n\r\n');
  return fc.record({ outer, hidden, encoding, length, ending }).map((choice): Move => {
    const inner = `${choice.hidden}\r\n${choice.ending}`;
    const chunked = `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`;
    const body = choice.encoding === '' ? inner : choice.length === 'less' ? `0\r\n\r\n${inner}` : chunked;
    const headers = [
      `${choice.outer} ${below(own, pathOf(CONFIG_MAPS, 'hostile', 'none'))} HTTP/1.1`,
      ...['host: localhost', '{identity}', 'content-type: application/json'],
      ...(choice.encoding ? [choice.encoding] : []),
      ...lengthHeaders(choice.length, body.length),
    ];
    return {
      kind: 'hide a request in another one',
      steps: [{ to: 'proxy', bytes: `${headers.join('\r\n')}\r\n\r\n${body}` }],
    };
  });
}

function lengthHeaders(length: string, all: number): string[] {
  switch (length) {
    case 'zero':
      return ['content-length: 0'];
    case 'all':
      return [`content-length: ${all}`];
    case 'less':
      return ['content-length: 5'];
    case 'twice':
      return ['content-length: 0', `content-length: ${all}`];
    default:
      return [];
  }
}
