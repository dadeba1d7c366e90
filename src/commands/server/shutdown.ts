/** SHUTDOWN. Main thread. */
import { SYNTAX_ERROR } from '../../protocol/reply-errors.js';
import { define } from '../command.js';
import { oneof, token } from '../grammar.js';

const NOSAVE = token('NOSAVE');
const SAVE = token('SAVE');
const NOW = token('NOW', { optional: true });
const FORCE = token('FORCE', { optional: true });
const ABORT = token('ABORT', { optional: true });

export const shutdown = define({
  name: 'shutdown',
  group: 'server',
  since: '1.0.0',
  summary: 'Synchronously save the dataset to disk and then shut down the server',
  complexity:
    'O(N) when saving, where N is the total number of keys in all databases when saving data, otherwise O(1)',
  flags: ['admin', 'noscript', 'loading', 'stale', 'no_multi', 'allow_busy'],
  arguments: [oneof('nosave_save', [NOSAVE, SAVE], { optional: true }), NOW, FORCE, ABORT],
  optionRules: {
    conflicts: [
      { one: NOSAVE, others: [SAVE], error: SYNTAX_ERROR },
      { one: ABORT, others: [NOSAVE, SAVE, NOW, FORCE], error: SYNTAX_ERROR },
    ],
  },
  execution: {
    on: 'connection',
    run(call) {
      if (!call.parseOptions()) return;
      const { reply, server, session } = call;
      // An end that has begun is never waited for here, so there is none to abort.
      if (call.has(ABORT)) return reply.error('ERR No shutdown in progress.');
      if (call.has(SAVE) && !call.has(FORCE)) {
        server.warn('SHUTDOWN SAVE refused: this version keeps data in memory only and cannot save it');
        return reply.error('ERR Errors trying to SHUTDOWN. Check logs.');
      }
      // Redis sends no reply: that the connection ends is the answer.
      server.shutdown(`SHUTDOWN by client ${session.id}`);
    },
  },
});
