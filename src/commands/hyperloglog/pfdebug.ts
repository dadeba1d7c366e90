/** PFDEBUG, PFSELFTEST: for tests. Shard thread; every shard tests itself. */
import type { HyperLogLog } from '../../datatypes/hyperloglog.js';
import {
  codeBytes,
  DENSE,
  denseRegister,
  encodingOf,
  HEADER_BYTES,
  isLongZeroRun,
  isValueRun,
  REGISTERS,
  runLength,
  runValue,
} from '../../datatypes/hyperloglog-registers.js';
import { selfTest } from '../../datatypes/hyperloglog-self-test.js';
import { type Handle, NO_ENTRY } from '../../keyspace/database.js';
import type { ShardCall } from '../calls.js';
import { define } from '../command.js';
import { key, value } from '../grammar.js';
import { CORRUPTED, changeSketch, isNoSketch } from './sketches.js';

const SUBCOMMAND = 1;
const KEY = 2;

/** Makes it dense and has `tell` reply with it, or replies that it is not sound. */
function withDense(
  call: ShardCall,
  entry: Handle,
  tell: (sketch: HyperLogLog, wasSparse: boolean) => void,
): void {
  changeSketch(call, KEY, entry, (sketch) => {
    const wasSparse = !sketch.isDense;
    const isSound = sketch.makeDense();
    if (isSound) tell(sketch, wasSparse);
    else call.reply.error(CORRUPTED);
    return isSound && wasSparse;
  });
}

/** Each code of a sparse one, with how many registers it stands for, a VAL behind its value. */
function decoded(bytes: Buffer, start: number, length: number): string {
  const end = start + length;
  const codes: string[] = [];
  for (let at = start + HEADER_BYTES; at < end; at += codeBytes(bytes[at])) {
    const code = bytes[at];
    const run = runLength(bytes, at, end);
    if (isValueRun(code)) codes.push(`v:${runValue(code)},${run}`);
    else codes.push(`${isLongZeroRun(code) ? 'Z' : 'z'}:${run}`);
  }
  return codes.join(' ');
}

const subcommands: Readonly<Record<string, (call: ShardCall, entry: Handle) => void>> = {
  getreg(call, entry) {
    withDense(call, entry, ({ bytes, start }) => {
      call.reply.array(REGISTERS);
      for (let i = 0; i < REGISTERS; i++) call.reply.integer(denseRegister(bytes, start + HEADER_BYTES, i));
    });
  },
  decode({ database, reply }, entry) {
    const source = database.stringSource(entry);
    const start = database.stringStart(entry);
    if (encodingOf(source, start) === DENSE) reply.error('ERR HLL encoding is not sparse');
    else reply.bulkText(decoded(source, start, database.stringLength(entry)));
    database.markRaw(entry);
  },
  encoding({ database, reply }, entry) {
    const encoding = encodingOf(database.stringSource(entry), database.stringStart(entry));
    reply.simple(encoding === DENSE ? 'dense' : 'sparse');
    database.markRaw(entry);
  },
  todense(call, entry) {
    withDense(call, entry, (_sketch, wasSparse) => call.reply.integer(wasSparse ? 1 : 0));
  },
};

export const pfdebug = define({
  name: 'pfdebug',
  group: 'hyperloglog',
  since: '2.8.9',
  summary: 'Internal commands for debugging HyperLogLog values',
  complexity: 'N/A',
  flags: ['write', 'denyoom', 'admin'],
  categories: ['hyperloglog'],
  arguments: [value('string', 'subcommand'), key('key', ['RW', 'access'])],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    run(call) {
      const { argv, database, reply } = call;
      const entry = database.lookupRead(argv, KEY);
      if (entry === NO_ENTRY) return reply.error('ERR The specified key does not exist');
      if (isNoSketch(call, entry)) return;
      const found = Object.keys(subcommands).find((name) => argv.is(SUBCOMMAND, name));
      if (found !== undefined) return subcommands[found](call, entry);
      database.markRaw(entry);
      reply.error(`ERR Unknown PFDEBUG subcommand '${argv.shown(SUBCOMMAND)}'`);
    },
  },
});

export const pfselftest = define({
  name: 'pfselftest',
  group: 'hyperloglog',
  since: '2.8.9',
  summary: 'An internal command for testing HyperLogLog values',
  complexity: 'N/A',
  flags: ['admin'],
  categories: ['hyperloglog'],
  tips: [],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'all_shards',
    join: 'all_succeeded',
    run({ reply }) {
      const failure = selfTest();
      if (failure === null) reply.ok();
      else reply.error(`TESTFAILED ${failure}`);
    },
  },
});
