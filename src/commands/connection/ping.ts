/** PING, ECHO. Main thread. */
import { wrongArity } from '../../protocol/reply-errors.js';
import { define } from '../command.js';
import { value } from '../grammar.js';

export const ping = define({
  name: 'ping',
  group: 'connection',
  since: '1.0.0',
  summary: 'Ping the server',
  complexity: 'O(1)',
  flags: ['fast'],
  categories: ['connection'],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
  arguments: [value('string', 'message', { optional: true })],
  execution: {
    on: 'connection',
    run({ argv, command, reply }) {
      if (argv.count > 2) reply.error(wrongArity(command.fullName));
      else if (argv.count === 2) reply.bulk(argv.source(1), argv.start(1), argv.end(1));
      else reply.simple('PONG');
    },
  },
});

export const echo = define({
  name: 'echo',
  group: 'connection',
  since: '1.0.0',
  summary: 'Echo the given string',
  complexity: 'O(1)',
  flags: ['loading', 'stale', 'fast'],
  categories: ['connection'],
  arguments: [value('string', 'message')],
  execution: {
    on: 'connection',
    run: ({ argv, reply }) => reply.bulk(argv.source(1), argv.start(1), argv.end(1)),
  },
});
