/**
 * ChannelPeer: reads by what router and shards talk with, a Channel and two Doorbells: the request lies in a page that
 * both threads see, and a thread that waits, in a call or for batches, does so on its bell.
 */
import { performance } from 'node:perf_hooks';
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Batch } from '../../shard/batch.js';
import { BatchLoop } from '../../shard/batch-loop.js';
import { Channel, type SharedLane } from '../../shard/channel.js';
import { Doorbell } from '../../shard/doorbell.js';
import type { Peer } from './peer.js';

export interface ChannelPeerOptions {
  readonly port: MessagePort;
  readonly outgoing: SharedLane;
  readonly incoming: SharedLane;
  readonly mine: SharedArrayBuffer;
  readonly theirs: SharedArrayBuffer;
  readonly answer: (key: number) => number;
}

/** It is rung for; the limit is only there so that a wrong bell shows as slow and not as a hang. */
const WAIT_MS_MAX = 1000;
// Words of a batch.
const KIND = 0;
const ID = 1;
const CONTENT = 2;
const BATCH_BYTES = 16;
const REQUEST = 1;
const ANSWER = 2;

export class ChannelPeer implements Peer {
  private readonly channel: Channel;
  private readonly bell: Doorbell;
  private readonly loop: BatchLoop;
  private readonly answer: (key: number) => number;
  private readonly hasArrived = (): boolean => this.channel.hasArrived;
  private lastId = 0;
  private result: number | undefined;

  constructor({ port, outgoing, incoming, mine, theirs, answer }: ChannelPeerOptions) {
    this.answer = answer;
    const nextMessage = () => receiveMessageOnPort(port)?.message;
    this.channel = new Channel({ port, nextMessage, outgoing, incoming, theirs: new Doorbell(theirs) });
    this.bell = new Doorbell(mine);
    this.loop = new BatchLoop({
      bell: this.bell,
      hasArrived: this.hasArrived,
      poll: () => this.channel.poll(),
      run: (batch) => this.receive(batch),
      nowMs: () => performance.now(),
      defer: setImmediate,
    });
    port.on('message', (message: unknown) => {
      this.channel.arrive(message);
      this.loop.wake();
    });
    this.loop.wake();
  }

  read(key: number): number {
    // It may be called from the event loop, where the bell still says that the thread sleeps.
    this.bell.wake();
    this.result = undefined;
    this.send(REQUEST, ++this.lastId, key);
    while (this.result === undefined) {
      const batch = this.channel.poll();
      if (batch === null) this.bell.wait(WAIT_MS_MAX, this.hasArrived);
      else this.receive(batch);
    }
    return this.result;
  }

  rest(): void {
    this.loop.wake();
  }

  private receive(batch: Batch): void {
    const [kind, id, content] = batch.words;
    this.channel.release(batch);
    if (kind === REQUEST) {
      this.send(ANSWER, id, this.answer(content));
    } else {
      if (kind !== ANSWER || id !== this.lastId) throw new Error(`nobody has asked for ${id}`);
      this.result = content;
    }
  }

  private send(kind: number, id: number, content: number): void {
    const batch = this.channel.take(BATCH_BYTES);
    batch.words[KIND] = kind;
    batch.words[ID] = id;
    batch.words[CONTENT] = content;
    this.channel.post(batch);
  }
}
