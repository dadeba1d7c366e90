/**
 * KeyWalk: SCAN from the first cursor to the last over keys that end in a twelve-digit number. Which have been seen is
 * a byte for each number, so that 20 million of them are counted without a string for any.
 */
import { performance } from 'node:perf_hooks';
import { BenchError } from '../bench-error.js';
import type { Asker } from '../load/asker.js';

const COUNT = 1000;
const DIGITS = 12;
const LF = 0x0a;
const ZERO = 0x30;

export interface KeyWalk {
  readonly calls: number;
  readonly seconds: number;
  /** How many keys the replies had, and how many different ones. */
  readonly shown: number;
  readonly distinct: number;
}

/** @param keys more than the largest number in a key */
export async function walkKeys(
  asker: Asker,
  keys: number,
  onStep: (shown: number) => void,
): Promise<KeyWalk> {
  const seen = new Uint8Array(keys);
  const startedMs = performance.now();
  let calls = 0;
  let shown = 0;
  let distinct = 0;
  let cursor = '0';
  do {
    const page = readPage(await asker.ask('SCAN', cursor, 'COUNT', String(COUNT)));
    for (const number of page.numbers) {
      if (!(number < keys))
        throw new BenchError(`SCAN shows a key that was never set, with number ${number}`);
      distinct += 1 - seen[number];
      seen[number] = 1;
    }
    shown += page.numbers.length;
    cursor = page.cursor;
    calls++;
    if (calls % 100 === 0) onStep(shown);
  } while (cursor !== '0');
  return { calls, seconds: (performance.now() - startedMs) / 1000, shown, distinct };
}

/** A reply to SCAN: `*2`, the cursor as a bulk string, and an array of them. */
export function readPage(reply: Buffer): { cursor: string; numbers: number[] } {
  let at = 0;
  const line = () => {
    const start = at;
    at = reply.indexOf(LF, at) + 1;
    return reply.toString('latin1', start, at - 2);
  };
  line();
  line();
  const cursor = line();
  const numbers = Array.from({ length: Number(line().slice(1)) }, () => {
    const length = Number(line().slice(1));
    const end = at + length;
    let number = 0;
    for (let i = end - DIGITS; i < end; i++) number = number * 10 + reply[i] - ZERO;
    at = end + 2;
    return number;
  });
  return { cursor, numbers };
}
