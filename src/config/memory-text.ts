/** Amounts of memory as people write them: `100`, `2kb`, `1G`. Main thread. */

const UNITS: Readonly<Record<string, bigint>> = {
  '': 1n,
  b: 1n,
  k: 1000n,
  kb: 1024n,
  m: 1000n ** 2n,
  mb: 1024n ** 2n,
  g: 1000n ** 3n,
  gb: 1024n ** 3n,
};

const ULONG_MAX = 2n ** 64n - 1n;

/** Redis counts what does not fit 64 bits as what just fits, and takes a unit alone for none of it. */
export function parseMemory(text: string): bigint | undefined {
  const match = /^(\d{0,100})([a-z]{0,2})$/i.exec(text);
  const unit = match === null ? undefined : UNITS[match[2].toLowerCase()];
  if (match === null || unit === undefined) return undefined;
  const count = BigInt(match[1]);
  return (count > ULONG_MAX ? ULONG_MAX : count) * unit;
}
