/** SELECT, QUIT, and HTTP requests, which end the connection. Main thread. */
import { NOT_AN_INTEGER } from '../../protocol/reply-errors.js';
import { type Declaration, define } from '../command.js';
import { value } from '../grammar.js';

const INT_MIN = -2147483648;
const INT_MAX = 2147483647;

export const select = define({
  name: 'select',
  group: 'connection',
  since: '1.0.0',
  summary: 'Change the selected database for the current connection',
  complexity: 'O(1)',
  flags: ['loading', 'stale', 'fast'],
  categories: ['connection'],
  arguments: [value('integer', 'index')],
  execution: {
    on: 'connection',
    run(call) {
      const index = call.integer(1);
      if (index === undefined) return call.reply.error(NOT_AN_INTEGER);
      if (index < INT_MIN || index > INT_MAX) {
        return call.reply.error(`ERR value is out of range, value must between ${INT_MIN} and ${INT_MAX}`);
      }
      if (index < 0 || index >= call.server.config.get('databases')) {
        return call.reply.error('ERR DB index is out of range');
      }
      call.session.databaseIndex = Number(index);
      call.reply.ok();
    },
  },
});

export const quit = define({
  name: 'quit',
  group: 'connection',
  since: '1.0.0',
  summary: 'Close the connection',
  complexity: 'O(1)',
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  categories: ['connection'],
  arity: -1,
  execution: {
    on: 'connection',
    run({ reply, session }) {
      reply.ok();
      session.closeAfterReplies();
    },
  },
});

/**
 * The first word of an HTTP request's lines: a web page that makes a browser talk to the server must not get
 * any further than that.
 */
function httpWord(name: string): Declaration {
  return define({
    name,
    group: 'connection',
    since: '3.2.7',
    summary: 'Ends the connection: somebody speaks HTTP to the server',
    complexity: 'O(1)',
    flags: ['loading', 'stale', 'no_auth', 'allow_busy'],
    arity: -1,
    hidden: true,
    execution: {
      on: 'connection',
      run: ({ session }) => session.closeNow('it sent an HTTP request, possibly a cross-protocol attack'),
    },
  });
}

export const post = httpWord('post');
export const host = httpWord('host:');
