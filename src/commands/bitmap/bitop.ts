/** BITOP: in two hops, unless all keys are on one shard. The target's shard computes, from what the others have sent it. */
import { type BitOperation, type ByteRange, combineBits } from '../../datatypes/bit-operations.js';
import { NO_ENTRY, TYPE_STRING } from '../../keyspace/database.js';
import type { Argv } from '../../protocol/argv.js';
import { SYNTAX_ERROR } from '../../protocol/reply-errors.js';
import type { ShardCall } from '../calls.js';
import { define } from '../command.js';
import { key, value } from '../grammar.js';
import { contentsOf } from '../steps.js';
import { fetchString, isNoString } from '../string/string-values.js';

const OPERATION = 1;
const TARGET = 2;
const FIRST_SOURCE = 3;

const NO_BYTES = Buffer.alloc(0);
const OPERATIONS: readonly BitOperation[] = ['and', 'or', 'xor', 'not'];

function operationOf(argv: Argv, at: number): BitOperation | undefined {
  return OPERATIONS.find((operation) => argv.is(at, operation));
}

export const bitop = define({
  name: 'bitop',
  group: 'bitmap',
  since: '2.6.0',
  summary: 'Perform bitwise operations between strings',
  complexity: 'O(N)',
  flags: ['write', 'denyoom'],
  categories: ['bitmap'],
  arguments: [
    value('string', 'operation'),
    key('destkey', ['OW', 'update']),
    key('key', ['RO', 'access'], { multiple: true }),
  ],
  execution: {
    on: 'shard',
    hops: 2,
    refuse({ argv }) {
      const operation = operationOf(argv, OPERATION);
      if (operation === undefined) return SYNTAX_ERROR;
      const isUnary = operation === 'not' && argv.count !== FIRST_SOURCE + 1;
      return isUnary ? 'ERR BITOP NOT must be called with a single source key.' : null;
    },
    steps: [fetchString, storeCombined],
    whole: combineInPlace,
    first: ({ argv }) =>
      Array.from({ length: argv.count - FIRST_SOURCE }, (_, i) => ({
        run: fetchString,
        key: FIRST_SOURCE + i,
      })),
    second: (_call, found) => [
      { run: storeCombined, key: TARGET, args: [OPERATION, ...found.map(contentsOf)] },
    ],
  },
});

/** Step: makes the key that is argument 1 what comes of the operation, argument 2, on the arguments behind it. */
function storeCombined(call: ShardCall): void {
  const { argv } = call;
  const sources: ByteRange[] = [];
  for (let i = 3; i < argv.count; i++) {
    sources.push({ bytes: argv.source(i), start: argv.start(i), end: argv.end(i) });
  }
  const length = sources.reduce((most, { end, start }) => Math.max(most, end - start), 0);
  store(call, 1, operationOf(argv, 2)!, length, () => sources);
}

/** The whole command where all keys are on one shard: nothing is copied but the result. */
function combineInPlace(call: ShardCall): void {
  const { argv, database } = call;
  const lengths: number[] = [];
  let longest = 0;
  for (let i = FIRST_SOURCE; i < argv.count; i++) {
    const entry = database.lookupRead(argv, i);
    if (isNoString(call, entry)) return;
    const length = entry === NO_ENTRY ? 0 : database.stringLength(entry);
    lengths.push(length);
    if (length > longest) longest = length;
  }
  // Looked up once more, since the target may be one of them and has become longer. Its bytes are where they were, and each
  // piece of the result is written when those of the sources have been read.
  store(call, TARGET, operationOf(argv, OPERATION)!, longest, () =>
    lengths.map((length, i) => {
      const entry = database.peek(argv, FIRST_SOURCE + i);
      if (entry === NO_ENTRY) return { bytes: NO_BYTES, start: 0, end: 0 };
      const start = database.stringStart(entry);
      return { bytes: database.stringSource(entry), start, end: start + length };
    }),
  );
}

/** Makes the key that is argument `at` the result, `length` long, and replies that; `sources` is asked when there is room. */
function store(
  { argv, database, reply }: ShardCall,
  at: number,
  operation: BitOperation,
  length: number,
  sources: () => readonly ByteRange[],
): void {
  let existing = database.lookupWrite(argv, at);
  // Nothing of another type can be made a string in place, and an empty string is no key.
  if (existing !== NO_ENTRY && (length === 0 || database.type(existing) !== TYPE_STRING)) {
    database.delete(existing);
    existing = NO_ENTRY;
  }
  if (length > 0) {
    const entry = database.resizeString(argv, at, existing, length);
    const start = database.stringStart(entry);
    // Before the sources are looked up: it belongs to the same change.
    database.persist(entry);
    combineBits(operation, sources(), length, database.stringSource(entry), start);
  }
  reply.integer(length);
}
