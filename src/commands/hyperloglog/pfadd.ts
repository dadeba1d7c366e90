/** PFADD. Shard thread. */
import { CHANGED, CORRUPT, type HyperLogLog } from '../../datatypes/hyperloglog.js';
import { makeStale } from '../../datatypes/hyperloglog-registers.js';
import { NO_ENTRY } from '../../keyspace/database.js';
import { define } from '../command.js';
import { key, value } from '../grammar.js';
import { CORRUPTED, changeSketch, isNoSketch } from './sketches.js';

const KEY = 1;
const FIRST_ELEMENT = 2;

export const pfadd = define({
  name: 'pfadd',
  group: 'hyperloglog',
  since: '2.8.9',
  summary: 'Adds the specified elements to the specified HyperLogLog.',
  complexity: 'O(1) to add every element.',
  flags: ['write', 'denyoom', 'fast'],
  categories: ['hyperloglog'],
  arguments: [key('key', ['RW', 'insert']), value('string', 'element', { optional: true, multiple: true })],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    run(call) {
      const { argv, database, reply } = call;
      const existing = database.lookupWrite(argv, KEY);
      if (isNoSketch(call, existing)) return;

      let changes = existing === NO_ENTRY ? 1 : 0;
      let isCorrupt = false;
      changeSketch(call, KEY, existing, (sketch: HyperLogLog) => {
        for (let i = FIRST_ELEMENT; i < argv.count && !isCorrupt; i++) {
          const outcome = sketch.add(argv.source(i), argv.start(i), argv.end(i));
          if (outcome === CHANGED) changes++;
          isCorrupt = outcome === CORRUPT;
        }
        if (changes > 0 && !isCorrupt) makeStale(sketch.bytes, sketch.start);
        // What was added before that was seen stays, as in Redis.
        return changes > 0;
      });
      // Redis counts each.
      database.countMore(changes - 1);
      if (isCorrupt) reply.error(CORRUPTED);
      else reply.integer(changes > 0 ? 1 : 0);
    },
  },
});
