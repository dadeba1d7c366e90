/**
 * Batch: the bytes of P commands as they go to the socket, encoded once; only the digits of the keys change.
 * Invariant: a batch is refilled only when all its replies are there, so no socket still holds its bytes.
 */
import type { Command } from './suites.js';

const PLACEHOLDER = '__rand_int__';
const ZERO = 0x30;

export class Batch {
  readonly bytes: Buffer;
  /** Where each key's twelve digits end. */
  private readonly digitEnds: number[] = [];

  constructor(commands: readonly Command[], valueBytes: number) {
    const value = 'x'.repeat(valueBytes);
    this.bytes = Buffer.from(commands.map((command) => encode(command, value)).join(''), 'latin1');
    let at = this.bytes.indexOf(PLACEHOLDER);
    while (at >= 0) {
      this.bytes.fill(ZERO, at, at + PLACEHOLDER.length);
      this.digitEnds.push(at + PLACEHOLDER.length);
      at = this.bytes.indexOf(PLACEHOLDER, at);
    }
  }

  /** Puts numbers below `keys` into the keys. */
  fill(nextKey: () => number, keys: number): Buffer {
    const width = String(keys - 1).length;
    for (const end of this.digitEnds) {
      let rest = nextKey();
      for (let at = end - 1; at >= end - width; at--) {
        const tenth = Math.floor(rest / 10);
        this.bytes[at] = ZERO + rest - tenth * 10;
        rest = tenth;
      }
    }
    return this.bytes;
  }
}

function encode(command: Command, value: string): string {
  const args = command.map((word) => (word === '__data__' ? value : word));
  return `*${args.length}\r\n${args.map((arg) => `$${Buffer.byteLength(arg, 'latin1')}\r\n${arg}\r\n`).join('')}`;
}
