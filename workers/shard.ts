/**
 * Entry of a shard thread: a Piscina task that ends when its port is closed. The shard itself is src/shard/.
 */
import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { receiveMessageOnPort } from 'node:worker_threads';
import { GarbageWatch } from '../garbage-watch.js';
import { BatchLoop } from '../shard/batch-loop.js';
import { Channel } from '../shard/channel.js';
import { Doorbell } from '../shard/doorbell.js';
import { Shard } from '../shard/shard.js';
import type { ShardTask } from '../shard-task.js';

/** Serves requests until the port is closed; rejects with what went wrong, and the data is lost with the thread. */
export default function serve(task: ShardTask): Promise<void> {
  return new Promise((resolve, reject) => {
    const { port, requests: incoming, responses: outgoing } = task;
    const nextMessage = () => receiveMessageOnPort(port)?.message;
    const theirs = new Doorbell(task.mainBell);
    const channel = new Channel({ port, nextMessage, incoming, outgoing, theirs });
    const shard = new Shard(task.options, {
      port: channel,
      random: Math.random,
      threadFigures: () => {
        const { external_memory, used_heap_size } = getHeapStatistics();
        const { active, idle } = performance.eventLoopUtilization();
        return {
          heapBytes: used_heap_size,
          externalBytes: external_memory,
          utilization: Math.max(0, active - loop.waitedMs) / (active + idle),
        };
      },
    });
    const guarded = (work: () => void): void => {
      try {
        work();
      } catch (error) {
        port.close();
        reject(error);
      }
    };
    const loop = new BatchLoop({
      bell: new Doorbell(task.shardBell),
      hasArrived: () => channel.hasArrived,
      poll: () => channel.poll(),
      run: (batch) => shard.receive(batch),
      nowMs: () => performance.now(),
      defer: (callback) => setImmediate(guarded, callback),
    });
    GarbageWatch.start({ waitedMs: () => loop.waitedMs, releasedBytes: () => shard.releasedBytes });
    port.on('message', (message: unknown) => {
      channel.arrive(message);
      guarded(() => loop.wake());
    });
    port.on('close', resolve);
    guarded(() => loop.wake());
  });
}
