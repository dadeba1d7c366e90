/** MULTI, EXEC, DISCARD. Main thread. */
import { ArgvList } from '../../protocol/argv-list.js';
import type { Session } from '../calls.js';
import { type Declaration, define } from '../command.js';

const common: Pick<Declaration, 'group' | 'flags' | 'categories' | 'immediate'> = {
  group: 'transactions',
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  categories: ['transaction'],
  immediate: true,
};

/** Leaves the transaction, if there is one, and forgets the watched keys. */
export function abandonTransaction(session: Session): void {
  session.transaction = null;
  session.unwatch();
}

export const multi = define({
  ...common,
  name: 'multi',
  since: '1.2.0',
  summary: 'Mark the start of a transaction block',
  complexity: 'O(1)',
  execution: {
    on: 'connection',
    run({ reply, session }) {
      if (session.transaction !== null) return reply.error('ERR MULTI calls can not be nested');
      session.transaction = { commands: [], argvs: new ArgvList(), failed: false };
      reply.ok();
    },
  },
});

export const exec = define({
  ...common,
  name: 'exec',
  since: '1.2.0',
  summary: 'Execute all commands issued after MULTI',
  complexity: 'Depends on commands in the transaction',
  flags: ['noscript', 'loading', 'stale', 'skip_slowlog'],
  rejection(error, { session }) {
    abandonTransaction(session);
    return `EXECABORT Transaction discarded because of: ${error.replace(/^ERR /, '')}`;
  },
  execution: { on: 'router', steps: [], run: (_call, transactions) => transactions.exec() },
});

export const discard = define({
  ...common,
  name: 'discard',
  since: '2.0.0',
  summary: 'Discard all commands issued after MULTI',
  complexity: 'O(N), when N is the number of queued commands',
  execution: {
    on: 'connection',
    run({ reply, session }) {
      if (session.transaction === null) return reply.error('ERR DISCARD without MULTI');
      abandonTransaction(session);
      reply.ok();
    },
  },
});
