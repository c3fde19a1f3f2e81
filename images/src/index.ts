export { type BuiltImage, buildImage, IMAGES, type ImageName } from './build.ts';
export { writeProgramImage } from './static.ts';
