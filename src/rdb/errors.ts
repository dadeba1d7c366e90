/** What can be wrong with serialized values. Pure. */

/** The bytes are no value: cut off, inconsistent, or of a type that is not known. */
export class BadData extends Error {}

/** The value is larger than can be held, or than there is memory for. */
export class TooLarge extends Error {}

/** The largest value that is read or written: offsets are 32-bit integers everywhere, and this leaves room for headers. */
export const VALUE_BYTES_MAX = 2 ** 31 - 65536;

/** @throws TooLarge */
export function bufferOf(bytes: number): Buffer {
  if (bytes > 2 ** 31 - 1) throw new TooLarge();
  try {
    return Buffer.allocUnsafeSlow(bytes);
  } catch (error) {
    throw error instanceof RangeError ? new TooLarge() : error;
  }
}
