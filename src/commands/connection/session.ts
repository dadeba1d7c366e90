/** SELECT, RESET, QUIT, and HTTP requests, which end the connection. Main thread. */
import { type Declaration, define } from '../command.js';
import { databaseIndexOf } from '../database-index.js';
import { value } from '../grammar.js';
import { abandonTransaction } from '../transactions/multi.js';

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
      const index = databaseIndexOf(call, 1);
      if (typeof index === 'string') return call.reply.error(index);
      call.session.databaseIndex = index;
      call.reply.ok();
    },
  },
});

export const reset = define({
  name: 'reset',
  group: 'connection',
  since: '6.2.0',
  summary: 'Reset the connection',
  complexity: 'O(1)',
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  categories: ['connection'],
  immediate: true,
  execution: {
    on: 'connection',
    run({ reply, session }) {
      abandonTransaction(session);
      session.databaseIndex = 0;
      session.resp = 2;
      session.name = '';
      session.setReplies('on');
      reply.resp = 2;
      reply.simple('RESET');
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
  immediate: true,
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
