/**
 * How lengths, and marks in the place of lengths, begin: the two high bits of the first byte. Pure.
 *
 *   00nnnnnn                  n
 *   01nnnnnn nnnnnnnn         n, high byte first
 *   10000000 4 bytes          n, high byte first
 *   10000001 8 bytes          n, high byte first
 *   11eeeeee                  no length: a string encoded as e says
 */
export const LENGTH_6 = 0x00;
export const LENGTH_14 = 0x40;
export const LENGTH_32 = 0x80;
export const LENGTH_64 = 0x81;
export const ENCODED = 0xc0;

/** Behind ENCODED: a signed integer, low byte first, in the place of its digits; or LZF. */
export const ENCODED_INT8 = 0;
export const ENCODED_INT16 = 1;
export const ENCODED_INT32 = 2;
export const ENCODED_LZF = 3;
