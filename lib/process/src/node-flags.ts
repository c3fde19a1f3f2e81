/**
 * Makes glibc's malloc keep less: one pool instead of one for each thread, and buffers of 64 KiB and more are returned
 * to the system at once. Other C libraries ignore this.
 */
export const PROGRAM_ENVIRONMENT = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '65536',
  MALLOC_TRIM_THRESHOLD_: '65536',
};

/**
 * Flags of Node for the long-running programs, which live long, are many, and mostly wait, so that memory counts
 * more than the last bit of speed. `bin/.launch` has the same, and the environment above.
 * - V8 lets garbage pile up to 3 × 16 MB before it looks for it, and its heap double; less will do.
 * - undici's HTTP parser is WebAssembly, whose optimizing compiler takes 20 MB; the simple one makes code that is
 *   quick enough (both measured with `npm run bench`).
 * - Node's snapshot saves 0.1 s of a start and costs 5 MB for good.
 */
export const PROGRAM_NODE_FLAGS: readonly string[] = [
  '--max-semi-space-size=2',
  '--optimize-for-size',
  '--liftoff',
  '--no-wasm-tier-up',
  '--no-wasm-dynamic-tiering',
  '--heap-growing-percent=20',
  '--no-node-snapshot',
];
