/**
 * Loaded by node before the server, in every thread (--import): makes a shard thread die when it is asked to work on
 * the key die:throw, die:exit or die:throw-later. The server itself offers no way to do that.
 */
import { isMainThread } from 'node:worker_threads';

const DEATHS = {
  'die:throw': () => {
    throw new Error('told to die');
  },
  'die:exit': () => process.exit(3),
  'die:throw-later': () => {
    setImmediate(() => {
      throw new Error('told to die, outside of any handler');
    });
  },
};

if (!isMainThread) {
  const { Shard } = await import('../../dist/shard/shard.js');
  const { receive } = Shard.prototype;
  Shard.prototype.receive = function (batch) {
    for (const [key, die] of Object.entries(DEATHS)) if (batch.bytes.includes(argument(key))) die();
    return receive.call(this, batch);
  };
}

/** An argument as it stands in a request batch: its length, then its bytes. */
function argument(text) {
  const bytes = Buffer.alloc(4 + text.length);
  bytes.writeInt32LE(text.length);
  bytes.write(text, 4);
  return bytes;
}
