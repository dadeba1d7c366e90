/**
 * RequestParser: a connection's bytes in, one command at a time out, in any chunking.
 *
 * Main thread, one per connection. A command that lies whole in a chunk is handed out as ranges of that chunk, without a
 * copy. What a chunk leaves unfinished goes into a Rope, a large argument into a GrowingBuffer, and the parser resumes where
 * it stood, so the work is linear in the bytes received. Limits, texts and order of the checks are those of Redis 7.0
 * (networking.c), down to a NUL byte that keeps a header line from ever ending.
 */
import { Argv } from './argv.js';
import { GrowingBuffer } from './growing-buffer.js';
import { splitInline } from './inline.js';
import { parseInt64 } from './int64.js';
import { Rope } from './rope.js';

/** What next() found. */
export const INCOMPLETE = 0;
export const COMMAND = 1;
export const PROTOCOL_ERROR = 2;
export type ParseResult = typeof INCOMPLETE | typeof COMMAND | typeof PROTOCOL_ERROR;

/** Limits that may change while connections live; shared by all parsers. */
export interface RequestLimits {
  /** Redis's proto-max-bulk-len. */
  bulkBytesMax: number;
}

/** Longest inline request or header line. */
const LINE_BYTES_MAX = 64 * 1024;
const MULTIBULK_COUNT_MAX = 2147483647;
/** From this size on an argument gets a buffer of its own and is handed to its shard whole. */
export const LARGE_ARGUMENT_BYTES = 64 * 1024;
/**
 * Most that an unfinished command may hold, large arguments apart; as much as Redis's client-query-buffer-limit. Offsets
 * within a command are signed 32-bit words.
 */
const COMMAND_BYTES_MAX = 1024 * 1024 * 1024;
/** No valid number in a header line is longer; more of the line need not be kept. */
const HEADER_TEXT_BYTES_MAX = 32;

const LF = 0x0a;
const CR = 0x0d;
const DOLLAR = 0x24;
const ASTERISK = 0x2a;
const ZERO = 0x30;

// Where in a request the parser stands.
const AT_START = 0;
const IN_MULTIBULK_LINE = 1;
const IN_BULK_LINE = 2;
const IN_BULK = 3;
const IN_LARGE_BULK = 4;
const IN_INLINE = 5;
const BROKEN = 6;

// Results of headerNumber() that are no count; no header has them, since NEGATIVE_COUNT bounds it from below.
const NEGATIVE_COUNT = -1;
const PENDING = -2;
const INVALID = -3;
const FAILED = -4;

const NO_CHUNK = Buffer.alloc(0);

export class RequestParser {
  /** The command that next() found; valid until next() or feed() is called again. */
  argv: Argv = new Argv();
  /** The whole error reply (code and text, no '-') after next() returned PROTOCOL_ERROR. */
  error = '';

  private readonly limits: RequestLimits;
  private state = AT_START;

  private chunk: Buffer = NO_CHUNK;
  /** The chunk for reading words, if whoever fed it has that. */
  private view: DataView | null = null;
  /** Where the chunk's bytes end. */
  private end = 0;
  private position = 0;
  /** Where in the chunk the part of the unfinished command begins that is not in `carried`. */
  private commandStart = 0;
  /** What earlier chunks brought of the unfinished command, large arguments apart. */
  private carried: Rope | null = null;
  private carriedBytes = 0;
  private copiedBefore = 0;

  private argumentsLeft = 0;
  private bulkBytes = 0;
  /** Offset of the current bulk within the command. */
  private bulkOffset = 0;
  /** Bytes of the current bulk, and of the CRLF behind it, still to come. */
  private bulkBytesLeft = 0;
  private large: GrowingBuffer | null = null;

  // The header line being read, when a chunk's end cut it or it is not a plain number.
  private lineBytes = 0;
  private lineText = '';
  private lineHasNul = false;
  private lineHasCr = false;

  constructor(limits: RequestLimits) {
    this.limits = limits;
  }

  /** Bytes copied so far to bring split commands together; tests hold it against the bytes received. */
  get bytesCopied(): number {
    return this.copiedBefore + (this.carried?.bytesCopied ?? 0) + (this.large?.bytesCopied ?? 0);
  }

  /** Bytes that were received and are not done with: those kept, and the chunk that is being worked on. */
  get bytesInWork(): number {
    return this.bytesHeld + this.end;
  }

  /** Bytes this parser keeps of an unfinished command. */
  get bytesHeld(): number {
    return this.carriedBytes + (this.large?.length ?? 0);
  }

  /**
   * Gives the next bytes, the first `length` of a chunk, with a view of it if there is one. They must not change until
   * next() returns INCOMPLETE or keep() is called.
   */
  feed(chunk: Buffer, length = chunk.length, view: DataView | null = null): void {
    this.chunk = chunk;
    this.view = view;
    this.end = length;
    this.position = 0;
    this.commandStart = 0;
  }

  /** Keeps what is left of the chunk, between two commands, so that the chunk may be used again. */
  keep(): void {
    this.feed(Buffer.from(this.chunk.subarray(this.position, this.end)));
  }

  /** Finds the next command in the bytes given by feed(); INCOMPLETE means all of them are used up. */
  next(): ParseResult {
    for (;;) {
      switch (this.state) {
        case AT_START: {
          this.argv.reset();
          if (this.position === this.end) {
            // An idle connection keeps neither its last chunk nor its last large argument.
            this.letGo();
            return INCOMPLETE;
          }
          this.commandStart = this.position;
          if (this.plainCommand()) return this.complete();
          if (this.chunk[this.position] === ASTERISK) {
            this.startLine(IN_MULTIBULK_LINE);
          } else {
            this.lineHasNul = false;
            this.state = IN_INLINE;
          }
          break;
        }
        case IN_MULTIBULK_LINE: {
          const count = this.headerNumber('mbulk');
          if (count === PENDING) return this.suspend();
          if (count === FAILED) return PROTOCOL_ERROR;
          if (count === INVALID || count > MULTIBULK_COUNT_MAX) {
            return this.fail('ERR Protocol error: invalid multibulk length');
          }
          if (count <= 0) {
            this.drop();
            break;
          }
          this.argumentsLeft = count;
          this.startLine(IN_BULK_LINE);
          break;
        }
        case IN_BULK_LINE: {
          const bytes = this.headerNumber('bulk');
          if (bytes === PENDING) return this.suspend();
          if (bytes === FAILED) return PROTOCOL_ERROR;
          if (bytes === INVALID || bytes < 0 || bytes > this.limits.bulkBytesMax) {
            return this.fail('ERR Protocol error: invalid bulk length');
          }
          this.bulkBytes = bytes;
          if (bytes >= LARGE_ARGUMENT_BYTES) {
            this.carry(this.position);
            this.large = this.orOutOfMemory(() => new GrowingBuffer(bytes));
            if (this.large === null) return PROTOCOL_ERROR;
            this.bulkBytesLeft = bytes;
            this.state = IN_LARGE_BULK;
          } else {
            this.bulkOffset = this.carriedBytes + this.position - this.commandStart;
            this.bulkBytesLeft = bytes + 2;
            this.state = IN_BULK;
          }
          break;
        }
        case IN_BULK: {
          const available = this.end - this.position;
          if (available < this.bulkBytesLeft) {
            this.bulkBytesLeft -= available;
            this.position = this.end;
            return this.suspend();
          }
          this.position += this.bulkBytesLeft;
          // A large argument was pushed when its last byte came; only its CRLF was left.
          if (this.bulkBytes < LARGE_ARGUMENT_BYTES) {
            this.argv.push(this.bulkOffset, this.bulkOffset + this.bulkBytes);
          }
          if (--this.argumentsLeft === 0) return this.complete();
          this.startLine(IN_BULK_LINE);
          break;
        }
        case IN_LARGE_BULK: {
          const taken = Math.min(this.end - this.position, this.bulkBytesLeft);
          const value = this.orOutOfMemory(() => this.growLarge(taken));
          if (value === null) return PROTOCOL_ERROR;
          if (value === undefined) return this.suspend();
          this.argv.pushLarge(value);
          this.bulkBytesLeft = 2;
          this.state = IN_BULK;
          break;
        }
        case IN_INLINE: {
          const result = this.inline();
          if (result !== undefined) return result;
          break;
        }
        default:
          return PROTOCOL_ERROR;
      }
    }
  }

  /** Frees what an unfinished command holds; the parser must not be used afterwards. */
  close(): void {
    this.state = BROKEN;
    this.letGo();
    this.carried = null;
    this.large?.free();
    this.large = null;
    this.carriedBytes = 0;
  }

  /**
   * The common case on its own: up to nine arguments below 10,000 bytes, whole in this chunk, headers without a leading
   * zero. Takes such a command and returns true, or leaves everything as it was.
   */
  private plainCommand(): boolean {
    const { argv, chunk, end } = this;
    let at = this.position;
    if (at + 4 > end || chunk[at] !== ASTERISK || chunk[at + 2] !== CR) return false;
    const count = chunk[at + 1] - ZERO;
    if (count <= 0 || count > 9) return false;
    const { bulkBytesMax } = this.limits;
    at += 4;
    for (let i = 0; i < count; i++) {
      let length = at + 6 <= end && chunk[at] === DOLLAR ? chunk[at + 1] - ZERO : -1;
      if (length > 9) length = -1;
      at += 2;
      let digits = 1;
      while (digits < 4 && chunk[at] !== CR) {
        const digit = chunk[at++] - ZERO;
        // Also where the line begins with a zero, which is not for this place to judge.
        if (digit < 0 || digit > 9 || length <= 0) length = Number.NaN;
        length = length * 10 + digit;
        digits++;
      }
      const start = at + 2;
      at = start + length + 2;
      if (!(length >= 0 && length <= bulkBytesMax && at <= end && chunk[start - 2] === CR)) {
        argv.reset();
        return false;
      }
      argv.push(start - this.position, start - this.position + length);
    }
    this.position = at;
    return true;
  }

  private startLine(state: typeof IN_MULTIBULK_LINE | typeof IN_BULK_LINE): void {
    this.state = state;
    this.lineBytes = 0;
    this.lineText = '';
    this.lineHasNul = false;
    this.lineHasCr = false;
  }

  /**
   * Reads a header line, its type byte included: a number, or PENDING (the chunk ended), INVALID (not a
   * number) or FAILED (the error is set). A CR ends it, together with whatever byte follows.
   */
  private headerNumber(kind: 'mbulk' | 'bulk'): number {
    const { chunk } = this;
    const { end } = this;
    let at = this.position;
    if (
      this.lineBytes === 0 &&
      !this.lineHasCr &&
      at + 3 < end &&
      (kind === 'mbulk' || chunk[at] === DOLLAR)
    ) {
      // The common case: a short number without leading zeros, whole in this chunk.
      let value = chunk[at + 1] - ZERO;
      if (value > 0 && value <= 9) {
        at += 2;
        const digitsEnd = Math.min(at + 8, end - 1);
        for (; at < digitsEnd; at++) {
          const digit = chunk[at] - ZERO;
          if (digit < 0 || digit > 9) break;
          value = value * 10 + digit;
        }
        if (at < end - 1 && chunk[at] === CR) {
          this.position = at + 2;
          return value;
        }
      }
      at = this.position;
    }
    while (at < end) {
      const byte = chunk[at++];
      if (this.lineHasCr) {
        this.position = at;
        return this.lineValue(kind);
      }
      if (byte === CR && !this.lineHasNul) {
        this.lineHasCr = true;
        continue;
      }
      if (byte === 0) this.lineHasNul = true;
      if (this.lineText.length < HEADER_TEXT_BYTES_MAX) this.lineText += String.fromCharCode(byte);
      if (++this.lineBytes > LINE_BYTES_MAX) {
        this.fail(`ERR Protocol error: too big ${kind} count string`);
        return FAILED;
      }
    }
    this.position = at;
    return PENDING;
  }

  private lineValue(kind: 'mbulk' | 'bulk'): number {
    const type = this.lineText.charCodeAt(0);
    if (kind === 'bulk' && type !== DOLLAR) {
      // An empty line has its CR where the type should be.
      const got = this.lineText === '' ? '\r' : this.lineText[0];
      this.fail(`ERR Protocol error: expected '$', got '${got}'`);
      return FAILED;
    }
    const text = Buffer.from(this.lineText, 'latin1');
    const value = parseInt64(text, 1, text.length);
    if (value === undefined) return INVALID;
    return Math.max(Number(value), NEGATIVE_COUNT);
  }

  /** Reads an inline command; undefined means there was an empty line and the state is AT_START again. */
  private inline(): ParseResult | undefined {
    const { chunk, position } = this;
    const newline = chunk.subarray(0, this.end).indexOf(LF, position);
    const scanned = newline < 0 ? this.end : newline;
    // Only up to the newline: a search to the chunk's end for every line of it would be quadratic.
    for (let i = position; i < scanned && !this.lineHasNul; i++) this.lineHasNul = chunk[i] === 0;
    const lineEnd = newline < 0 || this.lineHasNul ? this.end : newline;
    if (this.carriedBytes + lineEnd - this.commandStart > LINE_BYTES_MAX) {
      return this.fail('ERR Protocol error: too big inline request');
    }
    if (newline < 0 || this.lineHasNul) {
      this.position = this.end;
      return this.suspend();
    }
    this.position = newline + 1;
    if (!this.gather()) return PROTOCOL_ERROR;
    const { bytes, base } = this.argv;
    let end = (this.carriedBytes > 0 ? bytes.length : this.position) - 1;
    if (end > base && bytes[end - 1] === CR) end--;
    if (!splitInline(bytes, base, end, this.argv)) {
      return this.fail('ERR Protocol error: unbalanced quotes in request');
    }
    this.drop();
    return this.argv.count > 0 ? COMMAND : undefined;
  }

  /** The command is whole: points `argv` at its bytes and makes ready for the next one. */
  private complete(): ParseResult {
    if (!this.gather()) return PROTOCOL_ERROR;
    this.drop();
    return COMMAND;
  }

  /** Brings the command's bytes into one buffer; they are already in one unless a chunk ended within. */
  private gather(): boolean {
    if (this.carriedBytes === 0) {
      this.argv.setBytes(this.chunk, this.view);
      this.argv.base = this.commandStart;
      return true;
    }
    this.carry(this.position);
    const flat = this.orOutOfMemory(() => this.carried!.flatten());
    if (flat === null) return false;
    this.argv.setBytes(flat, null);
    this.argv.base = 0;
    return true;
  }

  /** Forgets the command's bytes: it is handed out, or was empty. */
  private drop(): void {
    this.state = AT_START;
    if (this.carried !== null) {
      this.copiedBefore += this.carried.bytesCopied;
      this.carried = null;
      this.carriedBytes = 0;
    }
  }

  /** Takes the next bytes of a large argument; returns it when it is whole. */
  private growLarge(bytes: number): Buffer | undefined {
    const large = this.large!;
    large.append(this.chunk, this.position, this.position + bytes);
    this.position += bytes;
    this.commandStart = this.position;
    this.bulkBytesLeft -= bytes;
    if (this.bulkBytesLeft > 0) return undefined;
    const value = large.take();
    this.copiedBefore += large.bytesCopied;
    this.large = null;
    return value;
  }

  /** Keeps the rest of the chunk for when the next one comes. */
  private suspend(): ParseResult {
    this.carry(this.end);
    if (this.carriedBytes > COMMAND_BYTES_MAX) return this.fail('ERR Protocol error: too big request');
    this.letGo();
    return INCOMPLETE;
  }

  /** The chunk is used up. */
  private letGo(): void {
    this.argv.setBytes(NO_CHUNK, null);
    this.chunk = NO_CHUNK;
    this.view = null;
    this.end = 0;
    this.position = 0;
    this.commandStart = 0;
  }

  private carry(end: number): void {
    if (end === this.commandStart) return;
    this.carried ??= new Rope();
    this.carried.append(this.chunk, this.commandStart, end);
    this.carriedBytes += end - this.commandStart;
    this.commandStart = end;
  }

  /** What `work` gives, or null where there was no memory for it: then the error is set. */
  private orOutOfMemory<T>(work: () => T): T | null {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.fail('OOM no memory for a request of this size');
      return null;
    }
  }

  private fail(error: string): ParseResult {
    this.close();
    this.error = error;
    return PROTOCOL_ERROR;
  }
}
