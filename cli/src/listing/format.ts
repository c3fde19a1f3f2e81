import type { KubeObject } from '@kubestellar/api';
import { toYaml } from '../shell/yaml.ts';

/** What happened to an object, in the words of the reference. */
export type Action = 'add' | 'update' | 'delete';

/** @returns one line of JSON, or a YAML document between `---` and an empty line, without the last line end */
export function formatObject(object: KubeObject, json: boolean, action?: Action): string {
  const shown = action === undefined ? object : { Action: action, ...object };
  return json ? JSON.stringify(shown) : `---\n${toYaml(shown)}`;
}
