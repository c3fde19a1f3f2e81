import { resolve } from 'node:path';
import type { CompletionSpec } from '../completion/choice.ts';
import type { DomainSwitch } from '../domain/switch.ts';
import type { Command } from '../shell/command.ts';
import { UsageError } from '../shell/failure.ts';
import { hostInUrl, portNumber } from '../shell/hosts.ts';

const WORDS = ['INPUT', 'OUTPUT', 'CONTEXT', 'DOMAIN', 'PORT', 'CA_FILE'];

/** What follows the names of switch-domain and wait-and-switch-domain. */
export const SWITCH_SYNOPSIS = `[flags] ${WORDS.join(' ')}`;

/** Their explanation. */
export const SWITCH_OPTIONS: readonly string[] = [
  'INPUT: the kubeconfig to read',
  'OUTPUT: the kubeconfig to write; its folder must exist',
  'CONTEXT: a context of INPUT; the clusters with the same scheme, host and port as its cluster are changed',
  'DOMAIN, PORT: new host and port in the server URLs of those clusters',
  'CA_FILE: the new CA certificate of those clusters, PEM',
  '-X: accepted for compatibility',
];

/** Their values, for completion. */
export const SWITCH_COMPLETION: CompletionSpec = {
  words: ['file', 'file', 'context', 'nothing', 'nothing', 'file'],
};

/** @returns the settings of the six arguments. @throws UsageError for values that cannot be used */
export function switchFromWords(words: readonly string[]): DomainSwitch {
  if (words.length !== WORDS.length) {
    throw new UsageError(`expected ${WORDS.length} arguments, ${WORDS.join(' ')}; got ${words.length}`);
  }
  const [input = '', output = '', context = '', domain = '', port = '', ca = ''] = words;
  for (const [index, word] of words.entries())
    if (word === '') throw new UsageError(`${WORDS[index]} is empty`);
  return {
    input: resolve(input),
    output: resolve(output),
    context,
    host: hostInUrl(domain),
    port: portNumber(port),
    ca: resolve(ca),
  };
}

/** `switch-domain`: writes a kubeconfig that reaches the same server by another name. */
export const switchDomain: Command = {
  name: 'switch-domain',
  summary: 'Writes a kubeconfig that differs from another in the host, port and CA of one server.',
  synopsis: SWITCH_SYNOPSIS,
  options: SWITCH_OPTIONS,
  example: 'switch-domain .kcp/admin.kubeconfig kcp.kubeconfig root kcp.example.com 6443 pki/ca.crt',
  flags: {},
  completion: SWITCH_COMPLETION,
  kubectlFlags: false,
  async run({ words }) {
    const wanted = switchFromWords(words);
    const { switchDomainOf } = await import('../domain/switch.ts');
    switchDomainOf(wanted);
  },
};
