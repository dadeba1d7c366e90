/** What a shard's thread is given when it starts; made on the main thread, taken apart by workers/shard.ts. */
import type { MessagePort } from 'node:worker_threads';
import type { SharedLane } from './channel.js';
import type { ShardOptions } from './shard.js';

export interface ShardTask {
  readonly port: MessagePort;
  readonly requests: SharedLane;
  readonly responses: SharedLane;
  /** What wakes the shard, and what wakes the main thread. */
  readonly shardBell: SharedArrayBuffer;
  readonly mainBell: SharedArrayBuffer;
  readonly options: ShardOptions;
}
