/**
 * PortPeer: reads by a MessagePort, `Atomics.wait` and `receiveMessageOnPort`, as DESIGN 9 has tried it. The message
 * wakes the other one if that is in its event loop; one that waits for an answer of its own is woken by its word.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Peer } from './peer.js';

export interface PortPeerOptions {
  readonly port: MessagePort;
  /** Counts what was sent to this thread, and to the other one. */
  readonly mine: SharedArrayBuffer;
  readonly theirs: SharedArrayBuffer;
  readonly answer: (key: number) => number;
}

/** A request has a key, its answer a value. */
interface Message {
  readonly id: number;
  readonly key?: number;
  readonly value?: number;
}

export class PortPeer implements Peer {
  private readonly port: MessagePort;
  private readonly mine: Int32Array;
  private readonly theirs: Int32Array;
  private readonly answer: (key: number) => number;
  private readonly waiting = new Map<number, (value: number) => void>();
  private lastId = 0;

  constructor({ port, mine, theirs, answer }: PortPeerOptions) {
    this.port = port;
    this.mine = new Int32Array(mine);
    this.theirs = new Int32Array(theirs);
    this.answer = answer;
    port.on('message', (message: Message) => this.receive(message));
  }

  read(key: number): number {
    let result: number | undefined;
    this.request(key, (value) => {
      result = value;
    });
    for (;;) {
      // Looked at first: what is sent behind this changes it, and the wait ends at once.
      const seen = Atomics.load(this.mine, 0);
      for (
        let next = receiveMessageOnPort(this.port);
        next !== undefined;
        next = receiveMessageOnPort(this.port)
      ) {
        this.receive(next.message as Message);
      }
      if (result !== undefined) return result;
      Atomics.wait(this.mine, 0, seen);
    }
  }

  readAsync(key: number): Promise<number> {
    return new Promise((resolve) => this.request(key, resolve));
  }

  rest(): void {}

  private request(key: number, take: (value: number) => void): void {
    const id = ++this.lastId;
    this.waiting.set(id, take);
    this.send({ id, key });
  }

  private receive({ id, key, value }: Message): void {
    if (key !== undefined) {
      this.send({ id, value: this.answer(key) });
      return;
    }
    const take = this.waiting.get(id);
    if (take === undefined || value === undefined) throw new Error(`nobody has asked for ${id}`);
    this.waiting.delete(id);
    take(value);
  }

  private send(message: Message): void {
    this.port.postMessage(message);
    Atomics.add(this.theirs, 0, 1);
    Atomics.notify(this.theirs, 0);
  }
}
