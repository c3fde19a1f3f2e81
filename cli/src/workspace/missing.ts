import type { KubeClient } from '@kubestellar/kube';
import { CommandFailure } from '../shell/failure.ts';

/** What to throw when kcp answers 403 or 404 for a workspace: it does not distinguish them for users who may not see it. */
export const missingWorkspace = (workspace: KubeClient): CommandFailure =>
  new CommandFailure(
    `workspace "${workspace.workspaceName}" does not exist, or you may not use it; "kubectl ws tree" shows those that you may`,
  );
