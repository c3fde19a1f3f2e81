import { join } from 'node:path';

/** The clone's root folder. */
export const root = join(import.meta.dirname, '..', '..');
