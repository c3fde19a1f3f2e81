import { CommandFailure, UsageError } from '../shell/failure.ts';

/** One segment of a workspace path (kcp's rule for Workspace names). */
const SEGMENT = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** @returns the workspace of a server URL, or undefined without one */
export function workspaceOf(server: string): string | undefined {
  return /\/clusters\/([^/]+)/.exec(URL.parse(server)?.pathname ?? '')?.[1];
}

/** @returns the server URL of a workspace on the server of the URL `server` */
export function serverOf(server: string, workspace: string): string {
  const url = new URL(server);
  const prefix = url.pathname.replace(/\/clusters\/[^/]+.*$/, '').replace(/\/+$/, '');
  return `${url.origin}${prefix}/clusters/${workspace}`;
}

/**
 * Resolves what a user gives for a workspace: `.` is the current one, `root:a:b` (or `:root:a:b`) a path
 * from the root, anything else a path below the current one (kubectl ws convention).
 * @throws UsageError when it is no workspace path
 */
export function resolveWorkspace(given: string, current: string | undefined): string {
  if (given === '.') return requireCurrent(current);
  const path = given.replace(/^:/, '');
  if (!path.split(':').every((segment) => SEGMENT.test(segment))) {
    throw new UsageError(`"${given}" is no workspace path such as root:imw1`);
  }
  const isAbsolute = given.startsWith(':') || path === 'root' || path.includes(':');
  return isAbsolute ? path : `${requireCurrent(current)}:${path}`;
}

function requireCurrent(current: string | undefined): string {
  if (current !== undefined) return current;
  throw new CommandFailure(
    'the current context of the kubeconfig has no workspace; enter one, for example with "kubectl ws :root"',
  );
}
