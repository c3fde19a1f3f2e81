export { buildRelease, type ReleaseOptions } from './build.ts';
