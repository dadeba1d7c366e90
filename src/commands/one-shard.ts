/**
 * OneShard: a command of two hops whose keys are all on one shard, which does both hops in one go. Shard thread.
 *
 * The declared functions are the same as over several shards. In place of the router and its locks there is the fact
 * that a shard does one thing at a time.
 */
import { ReplyWriter } from '../protocol/reply-writer.js';
import type { ShardCall } from './calls.js';
import type { InTwoHops, ReplyPart, ShardRun, Step } from './command.js';
import { firstError, stepArguments } from './steps.js';

const INITIAL_BYTES = 1024;
/** A buffer that findings have made larger than this is let go. */
const KEPT_BYTES_MAX = 256 * 1024;

/** What the first hop finds, and replies of the second one that nobody wants. */
const scratch = new ReplyWriter(Buffer.alloc(INITIAL_BYTES));

/** Makes the two hops one run. */
export function runOnOneShard({ first, second }: InTwoHops): ShardRun {
  return (call) => {
    const found = runFirst(call, first(call));
    const error = firstError(found);
    if (error !== undefined) {
      call.reply.raw(error.bytes, error.start, error.end);
      return;
    }
    const next = second(call, found);
    if (typeof next === 'function') {
      next(call.reply);
      return;
    }
    next.forEach((step, i) => {
      runStep(call, step, i === next.length - 1 ? call.reply : scratch);
    });
  };
}

function runFirst(call: ShardCall, steps: readonly Step[]): ReplyPart[] {
  if (scratch.bytes.length > KEPT_BYTES_MAX) scratch.bytes = Buffer.alloc(INITIAL_BYTES);
  scratch.position = 0;
  scratch.resp = call.reply.resp;
  const ends = steps.map((step) => {
    runStep(call, step, scratch);
    return scratch.position;
  });
  // The buffer is known only now: it may have been outgrown.
  return ends.map((end, i) => ({ bytes: scratch.bytes, start: i === 0 ? 0 : ends[i - 1], end }));
}

function runStep(call: ShardCall, step: Step, reply: ReplyWriter): void {
  const { argv, databaseIndex } = call;
  const replyBefore = call.reply;
  call.argv = stepArguments(argv, step);
  call.reply = reply;
  if (step.database !== undefined) call.select(step.database);
  try {
    step.run(call);
  } finally {
    call.argv = argv;
    call.reply = replyBefore;
    if (step.database !== undefined) call.select(databaseIndex);
  }
}
