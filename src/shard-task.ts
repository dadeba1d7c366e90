/** ShardTask: what a shard's thread is given when it starts. Made by shard-threads.ts, taken apart by workers/shard.ts. */
import type { MessagePort } from 'node:worker_threads';
import type { SharedLane } from './shard/channel.js';
import type { ShardOptions } from './shard/shard.js';

export interface ShardTask {
  readonly port: MessagePort;
  readonly requests: SharedLane;
  readonly responses: SharedLane;
  /** What wakes the shard, and what wakes the main thread. */
  readonly shardBell: SharedArrayBuffer;
  readonly mainBell: SharedArrayBuffer;
  readonly options: ShardOptions;
}
