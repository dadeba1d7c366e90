/** TIME. Main thread. */
import { define } from '../command.js';

const MICROS_PER_SECOND = 1_000_000;

export const time = define({
  name: 'time',
  group: 'server',
  since: '2.6.0',
  summary: 'Return the current server time',
  complexity: 'O(1)',
  flags: ['loading', 'stale', 'fast'],
  tips: ['nondeterministic_output'],
  execution: {
    on: 'connection',
    run({ reply, server }) {
      const micros = server.nowMicros();
      reply.array(2);
      reply.bulkText(String(Math.floor(micros / MICROS_PER_SECOND)));
      reply.bulkText(String(micros % MICROS_PER_SECOND));
    },
  },
});
