/** What the parser tests share: feeding chunks, and what came of it. */
import { COMMAND, INCOMPLETE, PROTOCOL_ERROR, RequestParser } from '../../src/protocol/request-parser.js';

export interface Parsed {
  /** Arguments as latin1. */
  readonly commands: string[][];
  readonly error: string | null;
}

export const LIMITS = { bulkBytesMax: 512 * 1024 * 1024 };

export function parseChunks(chunks: readonly Buffer[], limits = LIMITS): Parsed {
  const parser = new RequestParser(limits);
  const commands: string[][] = [];
  for (const chunk of chunks) {
    // A buffer that is larger and used for something else afterwards, as the one that sockets share.
    const shared = Buffer.alloc(chunk.length + 3, 0xdd);
    chunk.copy(shared);
    parser.feed(shared, chunk.length, new DataView(shared.buffer, shared.byteOffset, shared.length));
    for (;;) {
      const found = parser.next();
      if (found === INCOMPLETE) break;
      if (found === PROTOCOL_ERROR) return { commands, error: parser.error };
      commands.push(argumentsOf(parser));
    }
    shared.fill(0xdd);
  }
  return { commands, error: null };
}

export function argumentsOf(parser: RequestParser): string[] {
  return Array.from({ length: parser.argv.count }, (_, i) => parser.argv.latin1(i, Number.POSITIVE_INFINITY));
}

/** Feeds chunks and throws the commands away; gives their number, or what went wrong. */
export function countCommands(parser: RequestParser, chunks: Iterable<Buffer>): number {
  let commands = 0;
  for (const chunk of chunks) {
    parser.feed(chunk);
    for (;;) {
      const found = parser.next();
      if (found === INCOMPLETE) break;
      if (found !== COMMAND) throw new Error(parser.error);
      commands++;
    }
  }
  return commands;
}

/** Cuts at the given offsets. */
export function split(bytes: Buffer, offsets: readonly number[]): Buffer[] {
  const cuts = [0, ...[...offsets].sort((a, b) => a - b), bytes.length];
  return cuts.slice(1).map((end, i) => bytes.subarray(cuts[i], end));
}

export function chunksOf(bytes: Buffer, size: number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  return chunks;
}
