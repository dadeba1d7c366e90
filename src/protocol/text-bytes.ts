/**
 * Bytes as text and back, without loss: UTF-8 where they are that, and a lone surrogate, U+DC00 and the byte, for each byte
 * above 127 where they are not. Both threads.
 */

const LONE_BYTES = /[\uDC80-\uDCFF]/u;
const ESCAPE = 0xdc00;

export function textOf(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (Buffer.from(text, 'utf8').equals(bytes)) return text;
  const characters = Array.from(bytes, (byte) => String.fromCharCode(byte < 0x80 ? byte : ESCAPE | byte));
  return characters.join('');
}

export function bytesOf(text: string): Buffer {
  if (!LONE_BYTES.test(text)) return Buffer.from(text, 'utf8');
  return Buffer.from(Array.from(text, (character) => character.charCodeAt(0) & 0xff));
}
