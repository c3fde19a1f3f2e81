export { type BuiltImage, buildImage, IMAGES, type ImageName } from './build.ts';
