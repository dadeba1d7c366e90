/** WATCH and EXEC among other clients' commands, step by step. What the simulation found stands here. */
import t from 'tap';
import { InProcessServer } from '../support/in-process-server.js';
import { createRandom } from '../support/random.js';
import { decode } from '../support/replies.js';

/** Keys on different ones of four shards. */
const [ONE, OTHER, WATCHED] = ['a', 'b', 'c'];

const newServer = (): InProcessServer => new InProcessServer({ shards: 4, random: createRandom(1) });

t.test(
  'nobody writes to a watched key between the question whether it changed and the commands',
  async (t) => {
    for (const whole of [['FLUSHALL'], ['SWAPDB', '0', '1'], ['DEL', ONE, OTHER]]) {
      const server = newServer();
      const [client, other] = [server.client(), server.client()];
      client.send('WATCH', WATCHED);
      client.send('MULTI');
      client.send(...whole);
      client.send('EXEC');
      t.ok(client.held, 'the question is on its way');
      other.send('SET', WATCHED, 'v');
      t.ok(other.held, whole.join(' '));
      server.settle();
      t.type(decode(Buffer.concat(client.replies.slice(-2))), Array, 'it was not changed before');
      other.send('GET', WATCHED);
      server.settle();
      t.same(other.replies.map(decode), ['OK', 'v'], 'it is changed behind it');
    }
  },
);
