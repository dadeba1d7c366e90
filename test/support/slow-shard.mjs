/**
 * Loaded by node before the server, in every thread (--import): makes each shard thread slow to start, and leaves a file
 * in the folder named by SLOW_SHARD_FOLDER when it has.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, threadId } from 'node:worker_threads';

const START_MS = 500;

if (!isMainThread) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, START_MS);
  writeFileSync(join(process.env.SLOW_SHARD_FOLDER, String(threadId)), '');
}
