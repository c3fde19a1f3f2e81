export { type Architecture, type Image, writeArchive } from './archive.ts';
export { digestOf } from './digest.ts';
export { EPOCH, entriesOf, type Layer, type LayerEntry, writeLayer } from './layer.ts';
