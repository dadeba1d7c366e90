/**
 * Parser: the request parser beside one that gives an array of Buffers for each command, as clients' parsers do with
 * replies. Both are fed the chunks of a pipelined connection, 64 KB each, which end inside a command.
 */
import { COMMAND, RequestParser } from '../../protocol/request-parser.js';
import type { Contest } from './contest.js';
import { sink } from './numbers.js';

const CHUNK_BYTES = 64 * 1024;
const VALUE = 'x'.repeat(64);
const CR = 0x0d;
const ZERO = 0x30;

export const parser: Contest = {
  summary: 'request parser, beside one that makes an array of Buffers for each command',
  count: 500_000,
  item: 'command',
  contenders(count) {
    const command = (i: number) =>
      `*3\r\n$3\r\nSET\r\n$16\r\nkey:${String(i).padStart(12, '0')}\r\n$64\r\n${VALUE}\r\n`;
    const stream = Buffer.from(Array.from({ length: count }, (_, i) => command(i)).join(''), 'latin1');
    const chunks: Buffer[] = [];
    for (let at = 0; at < stream.length; at += CHUNK_BYTES)
      chunks.push(stream.subarray(at, at + CHUNK_BYTES));
    const views = chunks.map(({ buffer, byteOffset, length }) => new DataView(buffer, byteOffset, length));
    const check = (found: number) => {
      if (found !== count) throw new Error(`${found} commands are not ${count}`);
    };
    return {
      sherd: () => {
        const requests = new RequestParser({ bulkBytesMax: 512 * 1024 * 1024 });
        return {
          parse: () => {
            let found = 0;
            for (const [i, chunk] of chunks.entries()) {
              requests.feed(chunk, chunk.length, views[i]);
              while (requests.next() === COMMAND) {
                found++;
                sink.value += requests.argv.start(1);
              }
            }
            check(found);
          },
        };
      },
      arrays: () => ({
        parse: () => {
          let found = 0;
          let rest: Buffer = Buffer.alloc(0);
          for (const chunk of chunks) {
            const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
            const { commands, end } = parseArrays(bytes);
            for (const argv of commands) sink.value += argv[1].length;
            found += commands.length;
            rest = bytes.subarray(end);
          }
          check(found);
        },
      }),
    };
  },
};

/** All whole commands, and where the one that isn't begins. */
function parseArrays(bytes: Buffer): { commands: Buffer[][]; end: number } {
  const commands: Buffer[][] = [];
  let at = 0;
  let end = 0;
  /** The number of a header line, or -1 if it isn't whole. */
  const header = (): number => {
    let value = 0;
    for (at++; at < bytes.length && bytes[at] !== CR; at++) value = value * 10 + bytes[at] - ZERO;
    at += 2;
    return at <= bytes.length ? value : -1;
  };
  for (;;) {
    const count = header();
    const argv: Buffer[] = [];
    for (let i = 0; i < count; i++) {
      const length = header();
      if (length < 0 || at + length + 2 > bytes.length) return { commands, end };
      argv.push(bytes.subarray(at, at + length));
      at += length + 2;
    }
    if (count < 0) return { commands, end };
    commands.push(argv);
    end = at;
  }
}
