/**
 * Flags of Node for the long-running programs, which live long, are many, and mostly wait, so that memory counts
 * more than the last bit of speed. `bin/.launch` has the same flags.
 * - V8 lets garbage pile up to 3 × 16 MB before it looks for it, and its heap double; less will do.
 * - undici's HTTP parser is WebAssembly, whose optimizing compiler takes 20 MB; the simple one makes code that is
 *   quick enough (both measured with `npm run bench`).
 */
export const PROGRAM_NODE_FLAGS: readonly string[] = [
  '--max-semi-space-size=2',
  '--optimize-for-size',
  '--liftoff',
  '--no-wasm-tier-up',
  '--no-wasm-dynamic-tiering',
];
