/**
 * Entry of a shard thread: a Piscina task that ends when its port is closed. The shard itself is src/shard/.
 */
import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { MessagePort } from 'node:worker_threads';
import { GarbageWatch } from '../garbage-watch.js';
import { Shard, type ShardOptions } from '../shard/shard.js';

export interface ShardTask {
  readonly port: MessagePort;
  readonly options: ShardOptions;
}

/** Serves requests until the port is closed; rejects with what went wrong, and the data is lost with the thread. */
export default function serve({ port, options }: ShardTask): Promise<void> {
  return new Promise((resolve, reject) => {
    GarbageWatch.start();
    const shard = new Shard(options, {
      post: (response) => port.postMessage(response, [response]),
      threadFigures: () => {
        const { external_memory, used_heap_size } = getHeapStatistics();
        return {
          heapBytes: used_heap_size,
          externalBytes: external_memory,
          utilization: performance.eventLoopUtilization().utilization,
        };
      },
    });
    port.on('message', (message: unknown) => {
      try {
        shard.receive(message);
      } catch (error) {
        port.close();
        reject(error);
      }
    });
    port.on('close', resolve);
  });
}
