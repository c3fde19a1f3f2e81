import type { Core } from '../core.ts';
import { area as newArea } from '../scenarios.ts';

/** @returns an area whose scenarios work on a Core */
export const area = newArea<Core>;
