/** BITOP: in two hops, unless all keys are on one shard. The target's shard computes, from what the others have sent it. */
import { type BitOperation, type ByteRange, combineBits } from '../../datatypes/bit-operations.js';
import { NO_ENTRY, TYPE_STRING } from '../../keyspace/database.js';
import type { Argv } from '../../protocol/argv.js';
import { SYNTAX_ERROR } from '../../protocol/reply-errors.js';
import type { ShardCall } from '../calls.js';
import { define } from '../command.js';
import { key, value } from '../grammar.js';
import { contentsOf } from '../steps.js';
import { fetchString } from '../string/string-values.js';

const OPERATION = 1;
const TARGET = 2;
const FIRST_SOURCE = 3;

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
function storeCombined({ argv, database, reply }: ShardCall): void {
  const sources: ByteRange[] = [];
  let length = 0;
  for (let i = 3; i < argv.count; i++) {
    sources.push({ bytes: argv.source(i), start: argv.start(i), end: argv.end(i) });
    length = Math.max(length, argv.length(i));
  }
  let existing = database.lookupWrite(argv, 1);
  // Nothing of another type can be made a string in place, and an empty string is no key.
  if (existing !== NO_ENTRY && (length === 0 || database.type(existing) !== TYPE_STRING)) {
    database.delete(existing);
    existing = NO_ENTRY;
  }
  if (length > 0) {
    const entry = database.resizeString(argv, 1, existing, length);
    combineBits(
      operationOf(argv, 2)!,
      sources,
      length,
      database.stringSource(entry),
      database.stringStart(entry),
    );
    database.persist(entry);
  }
  reply.integer(length);
}
