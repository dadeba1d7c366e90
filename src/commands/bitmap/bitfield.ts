/**
 * BITFIELD, BITFIELD_RO: integers within a string. Shard thread. The operations are read twice, first to check all of them
 * and see how far they reach, then to do one after the other, so that no list of them is made.
 */

import {
  addToField,
  type FieldType,
  type Overflow,
  readField,
  writeField,
} from '../../datatypes/bit-fields.js';
import { type Handle, NO_ENTRY } from '../../keyspace/database.js';
import type { Argv } from '../../protocol/argv.js';
import { type Int64, parseInt64 } from '../../protocol/int64.js';
import { NOT_AN_INTEGER, SYNTAX_ERROR } from '../../protocol/reply-errors.js';
import type { ShardCall } from '../calls.js';
import { define } from '../command.js';
import { block, key, oneof, token, value } from '../grammar.js';
import { isNoString } from '../string/string-values.js';
import { BAD_OFFSET, bitOffset, noteChange, reachBit } from './bitmap-values.js';

const KEY = 1;
const FIRST_OPERATION = 2;

const BAD_TYPE =
  'ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.';
const BAD_OVERFLOW = 'ERR Invalid OVERFLOW type specified';
const READ_ONLY = 'ERR BITFIELD_RO only supports the GET subcommand';

const SIGNED = 'i'.charCodeAt(0);
const UNSIGNED = 'u'.charCodeAt(0);

/** Reads one operation after the other from a call's arguments. */
class Operations {
  kind: 'get' | 'set' | 'incrby' | 'overflow' = 'get';
  readonly type: { -readonly [field in keyof FieldType]: FieldType[field] } = { signed: false, bits: 1 };
  offset = 0;
  operand: Int64 = 0;
  overflow: Overflow = 'wrap';
  private next = FIRST_OPERATION;

  rewind(): void {
    this.next = FIRST_OPERATION;
    this.overflow = 'wrap';
  }

  /** Whether there is another operation behind the one that was read last. */
  isMore({ argv }: ShardCall): boolean {
    return this.next < argv.count;
  }

  /** Reads the next operation; returns the error to reply, or null. */
  read(call: ShardCall): string | null {
    const { argv } = call;
    const at = this.next;
    const left = argv.count - at - 1;
    if (left >= 2 && argv.is(at, 'get')) this.kind = 'get';
    else if (left >= 3 && argv.is(at, 'set')) this.kind = 'set';
    else if (left >= 3 && argv.is(at, 'incrby')) this.kind = 'incrby';
    else if (left >= 1 && argv.is(at, 'overflow')) {
      this.kind = 'overflow';
      this.next = at + 2;
      return this.readOverflow(call, at + 1);
    } else return SYNTAX_ERROR;
    this.next = at + (this.kind === 'get' ? 3 : 4);
    if (!this.readType(call, at + 1)) return BAD_TYPE;
    const offset = bitOffset(call, at + 2, this.type.bits);
    if (offset === undefined) return BAD_OFFSET;
    this.offset = offset;
    if (this.kind === 'get') return null;
    const operand = call.integer(at + 3);
    if (operand === undefined) return NOT_AN_INTEGER;
    this.operand = operand;
    return null;
  }

  private readOverflow({ argv }: ShardCall, at: number): string | null {
    if (argv.is(at, 'wrap')) this.overflow = 'wrap';
    else if (argv.is(at, 'sat')) this.overflow = 'saturate';
    else if (argv.is(at, 'fail')) this.overflow = 'fail';
    else return BAD_OVERFLOW;
    return null;
  }

  private readType({ argv }: ShardCall, at: number): boolean {
    const source = argv.source(at);
    const start = argv.start(at);
    const end = argv.end(at);
    if (start === end || (source[start] !== SIGNED && source[start] !== UNSIGNED)) return false;
    const signed = source[start] === SIGNED;
    const bits = parseInt64(source, start + 1, end);
    if (bits === undefined || bits < 1 || bits > (signed ? 64 : 63)) return false;
    this.type.signed = signed;
    this.type.bits = Number(bits);
    return true;
  }
}

const operations = new Operations();

/** Checks all operations. */
function survey(call: ShardCall): { count: number; lastWritten: number } | string {
  let count = 0;
  let lastWritten = -1;
  operations.rewind();
  while (operations.isMore(call)) {
    const error = operations.read(call);
    if (error !== null) return error;
    if (operations.kind === 'overflow') continue;
    count++;
    if (operations.kind === 'get') continue;
    lastWritten = Math.max(lastWritten, operations.offset + operations.type.bits - 1);
  }
  return { count, lastWritten };
}

/** Does the operation that was read last and replies what comes of it; says whether it changed the value. */
function perform(call: ShardCall, entry: Handle): boolean {
  const { database, reply } = call;
  const { kind, offset, operand, overflow, type } = operations;
  if (kind === 'overflow') return false;
  if (entry === NO_ENTRY) {
    reply.integer(0);
    return false;
  }
  const source = database.stringSource(entry);
  const start = database.stringStart(entry);
  const before = readField(source, start, database.stringLength(entry), offset, type);
  if (kind === 'get') {
    reply.integer(before);
    return false;
  }
  const after =
    kind === 'set' ? addToField(type, operand, 0, overflow) : addToField(type, before, operand, overflow);
  if (after === undefined) {
    reply.null();
    return false;
  }
  if (after !== before) noteChange(call, KEY, entry);
  writeField(source, start, offset, type, after);
  reply.integer(kind === 'set' ? before : after);
  return after !== before;
}

function run(call: ShardCall, mayWrite: boolean) {
  const { argv, database, reply } = call;
  const found = survey(call);
  if (typeof found === 'string') return reply.error(found);
  const writes = found.lastWritten >= 0;
  if (writes && !mayWrite) return reply.error(READ_ONLY);
  let entry = writes ? database.lookupWrite(argv, KEY) : database.lookupRead(argv, KEY);
  if (isNoString(call, entry)) return;
  if (writes) entry = reachBit(call, KEY, entry, found.lastWritten);
  let changes = 0;
  reply.array(found.count);
  operations.rewind();
  while (operations.isMore(call)) {
    operations.read(call);
    if (perform(call, entry)) changes++;
  }
  // Redis counts each.
  database.countMore(changes - 1);
}

const field = (word: string, operand?: string) =>
  block(
    operand === undefined ? 'encoding_offset' : `encoding_offset_${operand}`,
    [
      value('string', 'encoding'),
      value('integer', 'offset'),
      ...(operand === undefined ? [] : [value('integer', operand)]),
    ],
    { token: word },
  );

export const bitfield = define({
  name: 'bitfield',
  group: 'bitmap',
  since: '3.2.0',
  summary: 'Perform arbitrary bitfield integer operations on strings',
  complexity: 'O(1) for each subcommand specified',
  flags: ['write', 'denyoom'],
  categories: ['bitmap'],
  keyFlagsOf: (argv) => (readsOnly(argv) ? ['RO', 'access'] : ['RW', 'access', 'update']),
  keyNotes: 'This command allows both access and modification of the key',
  arguments: [
    key('key', ['RW', 'access', 'update', 'variable_flags']),
    oneof(
      'operation',
      [
        field('GET'),
        block('write', [
          oneof('wrap_sat_fail', [token('WRAP'), token('SAT'), token('FAIL')], {
            token: 'OVERFLOW',
            optional: true,
          }),
          oneof('write_operation', [field('SET', 'value'), field('INCRBY', 'increment')]),
        ]),
      ],
      { optional: true, multiple: true },
    ),
  ],
  execution: { on: 'shard', hops: 1, request: 'keys', run: (call) => run(call, true) },
});

export const bitfieldRo = define({
  name: 'bitfield_ro',
  group: 'bitmap',
  since: '6.0.0',
  summary: 'Perform arbitrary bitfield integer operations on strings. Read-only variant of BITFIELD',
  complexity: 'O(1) for each subcommand specified',
  flags: ['readonly', 'fast'],
  categories: ['bitmap'],
  arguments: [
    key('key', ['RO', 'access']),
    block('encoding_offset', [value('string', 'encoding'), value('integer', 'offset')], {
      token: 'GET',
      optional: true,
      multiple: true,
      multipleToken: true,
    }),
  ],
  execution: { on: 'shard', hops: 1, request: 'keys', run: (call) => run(call, false) },
});

/** Whether there is nothing but GET, as far as that can be told without looking at values. */
function readsOnly(argv: Argv): boolean {
  for (let i = 2; i < argv.count; i++) {
    const behind = argv.count - i - 1;
    if (argv.is(i, 'get') && behind >= 2) i += 2;
    else if (argv.is(i, 'overflow') && behind >= 1) i++;
    else return false;
  }
  return true;
}
