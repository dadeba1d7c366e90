/**
 * ReplyCounter: counts the replies in a stream of RESP2 without looking at what they say, except for the first error.
 * Invariant: the count doesn't depend on how the stream is cut into chunks.
 *
 * Arrays need no stack: `open` is the number of values still missing from the reply, and an array of n is a value that
 * brings n more.
 */
const CR = 0x0d;
const LF = 0x0a;
const MINUS = 0x2d;
const BULK = 0x24;
const ARRAY = 0x2a;
const INTEGER = 0x3a;
const STATUS = 0x2b;

export class ReplyCounter {
  /** The text of the first error reply, once it is complete. */
  error: string | undefined;

  private open = 1;
  /** Type byte of the line being read, 0 between lines. */
  private type = 0;
  private length = 0;
  private negative = false;
  private errorText = '';
  /** Bytes of a bulk string, with its line end, that are still to come. */
  private skip = 0;

  /**
   * Takes the next bytes of the stream.
   * @returns how many replies end in them
   * @throws Error if they are no RESP2
   */
  push(chunk: Uint8Array): number {
    let ended = 0;
    let i = 0;
    while (i < chunk.length) {
      if (this.skip > 0) {
        const bytes = Math.min(this.skip, chunk.length - i);
        i += bytes;
        this.skip -= bytes;
        if (this.skip === 0) ended += this.endValue(0);
      } else if (this.type === 0) {
        this.startLine(chunk[i++]);
      } else {
        const byte = chunk[i++];
        if (byte === LF) ended += this.endLine();
        else if (byte !== CR) this.lineByte(byte);
      }
    }
    return ended;
  }

  private startLine(type: number): void {
    if (type !== STATUS && type !== MINUS && type !== INTEGER && type !== BULK && type !== ARRAY) {
      throw new Error(`a reply can't start with byte ${type}`);
    }
    this.type = type;
    this.length = 0;
    this.negative = false;
    this.errorText = '';
  }

  private lineByte(byte: number): void {
    if (this.type === BULK || this.type === ARRAY) {
      if (byte === MINUS) this.negative = true;
      else this.length = this.length * 10 + (byte - 0x30);
    } else if (this.type === MINUS && this.error === undefined) {
      this.errorText += String.fromCharCode(byte);
    }
  }

  private endLine(): number {
    const { type } = this;
    this.type = 0;
    if (type === MINUS) this.error ??= this.errorText;
    // $-1 and *-1 are nil.
    if (type === BULK && !this.negative) {
      this.skip = this.length + 2;
      return 0;
    }
    return this.endValue(type === ARRAY && !this.negative ? this.length : 0);
  }

  /** A value that brings `more` values with it is there. */
  private endValue(more: number): number {
    this.open += more - 1;
    if (this.open > 0) return 0;
    this.open = 1;
    return 1;
  }
}
