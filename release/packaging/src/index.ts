export { type Bundles, bundlesIn, commitDate } from './bundles.ts';
export { goModulesOf } from './go-modules.ts';
export { type NodeRuntime, nodeComponent, nodeRuntime } from './node.ts';
export { type Command, runCommand } from './run.ts';
export { billOfMaterials, type Component, npmComponent } from './sbom.ts';
export { platformOf, type Target, targetName } from './target.ts';
