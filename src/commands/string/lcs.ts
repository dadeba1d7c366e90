/** LCS: on the first key's shard, to which the other string is sent if it is elsewhere. */
import { CommonSubsequence, type Match } from '../../datatypes/common-subsequence.js';
import { NO_ENTRY, TYPE_STRING } from '../../keyspace/database.js';
import { parseInt64 } from '../../protocol/int64.js';
import { NOT_AN_INTEGER } from '../../protocol/reply-errors.js';
import type { ReplyWriter } from '../../protocol/reply-writer.js';
import type { ShardCall } from '../calls.js';
import { define } from '../command.js';
import { key, token, value } from '../grammar.js';
import { contentsOf } from '../steps.js';
import { replyString } from './string-values.js';

const LEN = token('LEN', { optional: true });
const IDX = token('IDX', { optional: true });
const MINMATCHLEN = value('integer', 'len', { token: 'MINMATCHLEN', optional: true });
const WITHMATCHLEN = token('WITHMATCHLEN', { optional: true });

const FIRST = 1;
const SECOND = 2;
const FIRST_OPTION = 3;
/** Of a cell of the table that Redis makes. */
const CELL_BYTES = 4;

const NO_STRING = 'ERR The specified keys must contain string values';
const BOTH = 'ERR If you want both the length and indexes, please just use IDX.';
const TABLE_TOO_LARGE = 'ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len';
const NO_MEMORY = 'ERR Insufficient memory, failed allocating transient memory for LCS';

export const lcs = define({
  name: 'lcs',
  group: 'string',
  since: '7.0.0',
  summary: 'Find longest common substring',
  complexity: 'O(N*M) where N and M are the lengths of s1 and s2, respectively',
  flags: ['readonly'],
  categories: ['string'],
  arguments: [
    key('key1', ['RO', 'access']),
    key('key2', ['RO', 'access']),
    LEN,
    IDX,
    MINMATCHLEN,
    WITHMATCHLEN,
  ],
  optionRules: {
    check: (option, argv, at) =>
      option === MINMATCHLEN && parseInt64(argv.source(at), argv.start(at), argv.end(at)) === undefined
        ? NOT_AN_INTEGER
        : null,
    conflicts: [{ one: IDX, others: [LEN], error: BOTH }],
  },
  keySpecs: [{ first: FIRST, last: SECOND, step: 1, flags: ['RO', 'access'] }],
  execution: {
    on: 'shard',
    hops: 2,
    steps: [fetchOperand, compare],
    first: () => [
      { run: fetchOperand, key: FIRST },
      { run: fetchOperand, key: SECOND },
    ],
    second(call, found) {
      // Redis looks at the options only when it has both strings.
      const error = call.optionsError();
      if (error !== null) return (reply) => reply.error(error);
      const options = Array.from({ length: call.argv.count - FIRST_OPTION }, (_, i) => FIRST_OPTION + i);
      return [{ run: compare, key: FIRST, args: [...found.map(contentsOf), ...options] }];
    },
  },
});

/** Step: replies the string of the key that is argument 1. */
function fetchOperand(call: ShardCall): void {
  const { argv, database, reply } = call;
  const entry = database.lookupRead(argv, 1);
  if (entry !== NO_ENTRY && database.type(entry) !== TYPE_STRING) reply.error(NO_STRING);
  else replyString(call, entry);
}

interface Options {
  readonly onlyLength: boolean;
  readonly indices: boolean;
  readonly withLengths: boolean;
  readonly lengthMin: number;
}

/** Reads the options, which have been checked, from argument `from` on. */
function optionsFrom(call: ShardCall, from: number): Options {
  const { argv } = call;
  let [onlyLength, indices, withLengths, lengthMin] = [false, false, false, 0];
  for (let i = from; i < argv.count; i++) {
    if (argv.is(i, 'len')) onlyLength = true;
    else if (argv.is(i, 'idx')) indices = true;
    else if (argv.is(i, 'withmatchlen')) withLengths = true;
    else lengthMin = Number(call.integer(++i));
  }
  return { onlyLength, indices, withLengths, lengthMin };
}

/** Step: replies what arguments 2 and 3 have in common, in the way that the options behind them ask for. */
function compare(call: ShardCall): void {
  const { argv, reply, shard } = call;
  const options = optionsFrom(call, 4);
  const [a, b] = [2, 3].map((at) => argv.source(at).subarray(argv.start(at), argv.end(at)));
  if ((a.length + 1) * (b.length + 1) * CELL_BYTES > shard.config.get('proto-max-bulk-len')) {
    reply.error(TABLE_TOO_LARGE);
    return;
  }
  const common = subsequence(a, b, options.onlyLength);
  if (common === undefined) reply.error(NO_MEMORY);
  else if (options.onlyLength) reply.integer(common.length);
  else if (options.indices) replyMatches(reply, common, options);
  else reply.bulk(common.bytes(), 0, common.length);
}

/** What the two have in common, undefined if there is no memory to find it. */
function subsequence(a: Buffer, b: Buffer, onlyLength: boolean): CommonSubsequence | undefined {
  try {
    return new CommonSubsequence(a, b, onlyLength);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function replyMatches(
  reply: ReplyWriter,
  common: CommonSubsequence,
  { lengthMin, withLengths }: Options,
): void {
  const lengthOf = ({ aFirst, aLast }: Match): number => aLast + 1 - aFirst;
  const matches = common.matches().filter((match) => lengthOf(match) >= lengthMin);
  reply.map(2);
  reply.bulkText('matches');
  reply.array(matches.length);
  for (const match of matches) {
    reply.array(withLengths ? 3 : 2);
    reply.array(2);
    reply.integer(match.aFirst);
    reply.integer(match.aLast);
    reply.array(2);
    reply.integer(match.bFirst);
    reply.integer(match.bLast);
    if (withLengths) reply.integer(lengthOf(match));
  }
  reply.bulkText('len');
  reply.integer(common.length);
}
