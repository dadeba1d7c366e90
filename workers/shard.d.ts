import type { MessagePort } from 'node:worker_threads';
import { type SharedLane } from '../shard/channel.js';
import { type ShardOptions } from '../shard/shard.js';
export interface ShardTask {
  readonly port: MessagePort;
  readonly requests: SharedLane;
  readonly responses: SharedLane;
  /** What wakes the shard, and what wakes the main thread. */
  readonly shardBell: SharedArrayBuffer;
  readonly mainBell: SharedArrayBuffer;
  readonly options: ShardOptions;
}
/** Serves requests until the port is closed; rejects with what went wrong, and the data is lost with the thread. */
export default function serve(task: ShardTask): Promise<void>;
