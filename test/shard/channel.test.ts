/**
 * Channel: two real ends in one thread over a real MessageChannel. Whatever is taken, posted, discarded and given back
 * when, batches come out once, in the order in which they were posted, byte for byte; and a page that somebody still reads
 * is not written to. SEED=n repeats a run.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import t from 'tap';
import { Batch, NO_PAGE, PAGE_BYTES } from '../../src/shard/batch.js';
import { Channel, type ChannelPort, newLane, PAGES, type SharedLane } from '../../src/shard/channel.js';
import { Doorbell } from '../../src/shard/doorbell.js';
import { createRandom, type Random, runSeed } from '../support/random.js';

/** What was put into a batch, to be found in it at the other end. */
interface Content {
  readonly head: Buffer;
  readonly large: readonly Buffer[];
}

interface Held {
  readonly batch: Batch;
  readonly content: Content;
}

/** Which ways batches have gone, so that a test can say that none was left out. */
class Ways {
  inPages = 0;
  inPagesWithLarge = 0;
  tooLarge = 0;
  withoutFreePage = 0;
  buffersWithLarge = 0;
  discarded = 0;
  arrivedByEvent = 0;
}

/** One end, with what the other one has sent it according to the test. */
class End {
  readonly channel: Channel;
  /** Rung for this end. */
  readonly bell: Doorbell;
  /** What this end has posted and the other one not yet polled. */
  readonly underWay: Content[] = [];
  /** What this end has polled and not yet released. */
  readonly held: Held[] = [];

  constructor(channel: Channel, bell: Doorbell) {
    this.channel = channel;
    this.bell = bell;
  }
}

/** The two ends of a channel whose counts begin at `first`. */
function twoEnds(ways: Ways, first = 0): { ends: [End, End]; close: () => void } {
  const { port1, port2 } = new MessageChannel();
  const lanes: [SharedLane, SharedLane] = [newLane(first), newLane(first)];
  const bells: [Doorbell, Doorbell] = [new Doorbell(), new Doorbell()];
  const ends = [port1, port2].map((port, i) => {
    const channel = new Channel({
      port,
      nextMessage: () => receiveMessageOnPort(port)?.message,
      outgoing: lanes[i],
      incoming: lanes[1 - i],
      theirs: bells[1 - i],
    });
    port.on('message', (message: unknown) => {
      if (message !== null) ways.arrivedByEvent++;
      channel.arrive(message);
      bells[i].wake();
    });
    return new End(channel, bells[i]);
  });
  return { ends: ends as [End, End], close: () => port1.close() };
}

/** Takes a batch of some size, and fills and posts it or thinks better of it. */
function post(end: End, random: Random, ways: Ways, stamp: number): void {
  const bytes = random.pick([
    () => random.below(200),
    () => random.below(200),
    () => PAGE_BYTES - random.below(3),
    () => PAGE_BYTES + 1 + random.below(3 * PAGE_BYTES),
  ])();
  const batch = end.channel.take(bytes);
  if (batch.bytes.length < bytes)
    throw new Error(`asked for ${bytes} bytes, was given ${batch.bytes.length}`);
  const head = Buffer.alloc(bytes, `${stamp},`);
  head.copy(batch.bytes);
  const large = Array.from({ length: random.chance(0.2) ? 1 + random.below(3) : 0 }, (_, i) =>
    Buffer.alloc(1 + random.below(3000), `${stamp}/${i}`),
  );
  if (large.length > 0) batch.large = large.map((one) => new Uint8Array(one).buffer);
  if (random.chance(0.1)) {
    ways.discarded++;
    end.channel.discard(batch);
    return;
  }
  if (batch.page === NO_PAGE) {
    if (bytes > PAGE_BYTES) ways.tooLarge++;
    else ways.withoutFreePage++;
    if (large.length > 0) ways.buffersWithLarge++;
  } else if (large.length > 0) {
    ways.inPagesWithLarge++;
  } else {
    ways.inPages++;
  }
  end.underWay.push({ head, large });
  end.channel.post(batch);
}

/** What is not as it was put in; '' if all is. */
function difference({ batch, content }: Held): string {
  if (!batch.bytes.subarray(0, content.head.length).equals(content.head)) {
    return `bytes, "${batch.bytes.toString('latin1', 0, 20)}" for "${content.head.toString('latin1', 0, 20)}"`;
  }
  if (batch.large.length !== content.large.length) return 'how many large buffers';
  return content.large.every((one, i) => one.equals(Buffer.from(batch.large[i]))) ? '' : 'a large buffer';
}

/** Polls once; what comes is held, and must be what `from` has posted first. */
function poll(end: End, from: End): void {
  const expected = from.underWay.shift();
  if (end.channel.hasArrived !== (expected !== undefined)) {
    throw new Error(`hasArrived is not ${expected !== undefined}`);
  }
  const batch = end.channel.poll();
  if (expected === undefined) {
    if (batch !== null) throw new Error('a batch that nobody has posted');
    return;
  }
  if (batch === null) throw new Error('a batch is missing');
  const held = { batch, content: expected };
  const wrong = difference(held);
  if (wrong !== '') throw new Error(`polled: ${wrong}`);
  end.held.push(held);
}

/** Gives back one of those held, whichever; it must still be as it came. */
function release(end: End, random: Random): void {
  if (end.held.length === 0) return;
  const [held] = end.held.splice(random.below(end.held.length), 1);
  const wrong = difference(held);
  if (wrong !== '') throw new Error(`held: ${wrong}`);
  end.channel.release(held.batch);
}

async function play(random: Random, ways: Ways, steps: number, first: number): Promise<void> {
  const { ends, close } = twoEnds(ways, first);
  try {
    for (let step = 0; step < steps; step++) {
      const [end, other] = random.pick([ends, [...ends].reverse()] as [End, End][]);
      // Sometimes an end is slow to poll or to release, until pages are short; sometimes it catches up.
      const slow = (step >> 7) % 3;
      const action = random.below(20);
      if (action < 6) post(end, random, ways, step);
      else if (action < 12) (slow !== 1 || random.chance(0.3)) && poll(end, other);
      else if (action < 18) (slow !== 2 || random.chance(0.3)) && release(end, random);
      else if (random.chance(0.5)) end.bell.enterLoop(() => end.channel.hasArrived);
      // What has been posted by the port comes by its event now, and not when it is looked for.
      else if (random.chance(0.3)) await turn();
    }
    for (const [end, other] of [ends, [...ends].reverse()] as [End, End][]) {
      while (other.underWay.length > 0) poll(end, other);
      poll(end, other);
      while (end.held.length > 0) release(end, random);
    }
    // Every page is free again.
    for (const { channel } of ends) {
      const pages = new Set(Array.from({ length: PAGES }, () => channel.take(1).page));
      if (pages.size !== PAGES || pages.has(NO_PAGE)) throw new Error('pages were lost');
      if (channel.take(1).page !== NO_PAGE) throw new Error('a page was free twice');
    }
  } finally {
    close();
  }
}

const seed = runSeed();
t.comment(`SEED=${seed}`);

t.test('batches come out once, in order and byte for byte', async (t) => {
  for (const [what, first] of [
    ['from the start', 0],
    ['across 2^31', 2 ** 31 - 60],
    ['across 2^32', 2 ** 32 - 60],
    ['just before 2^32', 2 ** 32 - 1],
  ] as const) {
    const ways = new Ways();
    for (let round = 0; round < 8; round++) {
      try {
        await play(createRandom(seed + round), ways, 2000, first);
      } catch (error) {
        t.fail(`${what}, SEED=${seed + round}: ${(error as Error).message}`);
      }
    }
    for (const [way, count] of Object.entries(ways)) t.ok(count > 0, `${what}: ${way} (${count})`);
  }
});

t.test('a page is given out again when it has been released, and not before', async (t) => {
  const { ends, close } = twoEnds(new Ways());
  t.teardown(close);
  const [sender, receiver] = ends.map(({ channel }) => channel);
  const first = new Set<number>();
  for (let i = 0; i < PAGES; i++) {
    const batch = sender.take(4);
    batch.words[0] = i;
    first.add(batch.page);
    sender.post(batch);
  }
  t.equal(first.size, PAGES);
  t.notOk(first.has(NO_PAGE));
  t.equal(sender.take(4).page, NO_PAGE, 'none is free while they wait');
  const held = Array.from({ length: PAGES }, () => receiver.poll()!);
  t.same(
    held.map(({ words }) => words[0]),
    Array.from({ length: PAGES }, (_, i) => i),
  );
  t.equal(sender.take(4).page, NO_PAGE, 'nor while they are read');
  for (const i of [20, 3]) receiver.release(held[i]);
  const again = [sender.take(4), sender.take(4)];
  t.same(new Set(again.map(({ page }) => page)), new Set([held[20].page, held[3].page]), 'those released');
  t.equal(sender.take(4).page, NO_PAGE, 'and no other');
  sender.discard(again[0]);
  t.equal(sender.take(4), again[0], 'what is discarded is free at once');
});

t.test('a thread that is awake is sent no message, one that sleeps in its loop is sent one', async (t) => {
  const messages: unknown[] = [];
  const port: ChannelPort = { postMessage: (message) => messages.push(message) };
  const theirs = new Doorbell();
  const channel = new Channel({
    port,
    nextMessage: () => undefined,
    outgoing: newLane(),
    incoming: newLane(),
    theirs,
  });
  channel.post(channel.take(1));
  t.same(messages, []);
  theirs.enterLoop(() => false);
  channel.post(channel.take(1));
  channel.post(channel.take(1));
  t.same(messages, [null]);
});

t.test('what is no batch is refused', async (t) => {
  const buffer = new ArrayBuffer(8);
  for (const bad of [undefined, 'text', 7, {}, [], ['text'], [buffer, 'text'], buffer, new Uint8Array(8)]) {
    for (const arrives of [true, false]) {
      const lane = newLane();
      const port: ChannelPort = { postMessage: () => {} };
      const rest = { port, theirs: new Doorbell() };
      const sender = new Channel({
        ...rest,
        outgoing: lane,
        incoming: newLane(),
        nextMessage: () => undefined,
      });
      const messages = [bad];
      const nextMessage = () => messages.shift();
      const receiver = new Channel({ ...rest, outgoing: newLane(), incoming: lane, nextMessage });
      sender.post(Batch.ofSize(8));
      if (arrives) receiver.arrive(messages.shift());
      t.throws(() => receiver.poll(), /no batch/);
    }
  }
});
