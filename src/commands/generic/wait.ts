/** WAIT. Main thread. There are no replicas to wait for, so it is the time that it waits for. */
import { NOT_AN_INTEGER } from '../../protocol/reply-errors.js';
import { define } from '../command.js';
import { value } from '../grammar.js';

const REPLICAS = 1;
const TIMEOUT = 2;

export const wait = define({
  name: 'wait',
  group: 'generic',
  since: '3.0.0',
  summary:
    'Wait for the synchronous replication of all the write commands sent in the context of the current connection',
  complexity: 'O(1)',
  flags: ['noscript'],
  categories: ['connection'],
  tips: ['request_policy:all_shards', 'response_policy:agg_min'],
  arguments: [value('integer', 'numreplicas'), value('integer', 'timeout')],
  execution: {
    on: 'router',
    steps: [],
    run(call, transactions) {
      const replicas = call.integer(REPLICAS);
      const timeoutMs = call.integer(TIMEOUT);
      const refuse = (error: string): void => transactions.reply((reply) => reply.error(error));
      if (replicas === undefined) refuse(NOT_AN_INTEGER);
      else if (timeoutMs === undefined) refuse('ERR timeout is not an integer or out of range');
      else if (timeoutMs < 0) refuse('ERR timeout is negative');
      else if (replicas <= 0) transactions.reply((reply) => reply.integer(0));
      else transactions.block(Number(timeoutMs), (reply) => reply.integer(0));
    },
  },
});
