import type { Core } from '../../support/core.ts';
import { area as newArea } from '../../support/scenarios.ts';

/** @returns an area whose scenarios work on a Core */
export const area = newArea<Core>;
