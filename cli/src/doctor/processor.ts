import { readFile } from 'node:fs/promises';

/** What x86-64-v2 has beyond the first x86-64, as Linux names it in /proc/cpuinfo (x86-64 psABI; pni is SSE3). */
const V2_FLAGS = ['cx16', 'lahf_lm', 'pni', 'popcnt', 'sse4_1', 'sse4_2', 'ssse3'];

/** @returns the flags of x86-64-v2 that the processor lacks; undefined where /proc/cpuinfo is of no x86 */
export function missingFlags(cpuinfo: string): string[] | undefined {
  const flags = /^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.trim().split(/\s+/);
  return flags && V2_FLAGS.filter((flag) => !flags.includes(flag));
}

/** @returns see missingFlags(), of this machine; undefined also where there is no /proc/cpuinfo (darwin) */
export async function missingFlagsHere(): Promise<string[] | undefined> {
  return missingFlags(await readFile('/proc/cpuinfo', 'utf8').catch(() => ''));
}
