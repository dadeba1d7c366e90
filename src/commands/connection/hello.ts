/** HELLO: which protocol a client speaks, and who it is. Main thread. */
import { define } from '../command.js';
import { block, value } from '../grammar.js';
import { setClientName } from './client-name.js';

/** The Redis whose behaviour this server has, as clients ask for it. */
export const REDIS_VERSION = '7.0.15';

export const hello = define({
  name: 'hello',
  group: 'connection',
  since: '6.0.0',
  summary: 'Handshake with Redis',
  complexity: 'O(1)',
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  categories: ['connection'],
  arity: -1,
  arguments: [
    block(
      'arguments',
      [
        value('integer', 'protover'),
        block('username_password', [value('string', 'username'), value('string', 'password')], {
          token: 'AUTH',
          optional: true,
        }),
        value('string', 'clientname', { token: 'SETNAME', optional: true }),
      ],
      { optional: true },
    ),
  ],
  execution: {
    on: 'connection',
    run(call) {
      const { argv, reply, session } = call;
      let version = session.resp;
      if (argv.count > 1) {
        const asked = call.integer(1);
        if (asked === undefined) {
          return reply.error('ERR Protocol version is not an integer or out of range');
        }
        if (asked !== 2 && asked !== 3) return reply.error('NOPROTO unsupported protocol version');
        version = asked;
      }
      for (let i = 2; i < argv.count; i++) {
        if (argv.is(i, 'auth') && i + 2 < argv.count) {
          // There are no users yet but the default one, which needs no password and so takes any.
          if (argv.latin1(i + 1) !== 'default') {
            return reply.error('WRONGPASS invalid username-password pair or user is disabled.');
          }
          i += 2;
        } else if (argv.is(i, 'setname') && i + 1 < argv.count) {
          const error = setClientName(session, argv.latin1(++i));
          if (error !== null) return reply.error(error);
        } else {
          return reply.error(`ERR Syntax error in HELLO option '${argv.shown(i)}'`);
        }
      }
      session.resp = version;
      reply.resp = version;
      reply.map(7);
      reply.bulkText('server');
      reply.bulkText('redis');
      reply.bulkText('version');
      reply.bulkText(REDIS_VERSION);
      reply.bulkText('proto');
      reply.integer(version);
      reply.bulkText('id');
      reply.integer(session.id);
      reply.bulkText('mode');
      reply.bulkText('standalone');
      reply.bulkText('role');
      reply.bulkText('master');
      reply.bulkText('modules');
      reply.array(0);
    },
  },
});
