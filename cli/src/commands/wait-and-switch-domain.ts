import type { Command } from '../shell/command.ts';
import { SWITCH_COMPLETION, SWITCH_OPTIONS, SWITCH_SYNOPSIS, switchFromWords } from './switch-domain.ts';

/** `wait-and-switch-domain`: switch-domain once the server of the input responds. */
export const waitAndSwitchDomain: Command = {
  name: 'wait-and-switch-domain',
  summary:
    'Waits until the server of the kubeconfig INPUT is in service, up to 5 minutes, then does what switch-domain does.',
  synopsis: SWITCH_SYNOPSIS,
  options: SWITCH_OPTIONS,
  example: 'wait-and-switch-domain .kcp/admin.kubeconfig kcp.kubeconfig root kcp.example.com 6443 pki/ca.crt',
  flags: {},
  completion: SWITCH_COMPLETION,
  kubectlFlags: false,
  async run({ words }, output) {
    const wanted = switchFromWords(words);
    const { waitForServer } = await import('../domain/wait.ts');
    const { switchDomainOf } = await import('../domain/switch.ts');
    await waitForServer(wanted.input, output);
    switchDomainOf(wanted);
  },
};
