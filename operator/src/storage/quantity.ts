/** Multipliers of Kubernetes' suffixes. */
const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The number that a Kubernetes quantity such as `10Gi` or `1e3` stands for; NaN if the text is not a quantity. */
export function parseQuantity(text: string): number {
  const [, number = '', suffix = ''] = /^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([a-zA-Z]*)$/.exec(text) ?? [];
  const factor = Object.hasOwn(SUFFIXES, suffix) ? (SUFFIXES[suffix] ?? Number.NaN) : Number.NaN;
  return number === '' ? Number.NaN : Number(number) * factor;
}
