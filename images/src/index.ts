export { type BuiltImage, buildImage, IMAGES, type ImageName } from './build.ts';
export { debianPackage } from './debian.ts';
