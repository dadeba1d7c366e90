/**
 * FakePorts: message ports in one process, under a scheduler with a seed. Which port delivers next is chance; each port
 * delivers in the order in which it was posted to. What is posted is cloned and its buffers are transferred, so a
 * sender that goes on using them is found out; as the specification says and Node.js 20 does not, a buffer that was
 * transferred already is refused.
 */
import type { Random } from './random.js';

type Deliver = (message: unknown) => void;

interface Queue {
  readonly messages: unknown[];
  readonly deliver: Deliver;
}

export class FakePorts {
  private readonly queues: Queue[] = [];
  private readonly transferred = new WeakSet<ArrayBuffer>();
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  /** A port whose messages come out at `deliver`, one at a step. */
  open(deliver: Deliver): { postMessage(message: unknown, transfer: ArrayBuffer[]): void } {
    const queue: Queue = { messages: [], deliver };
    this.queues.push(queue);
    return {
      postMessage: (message, transfer) => {
        for (const buffer of transfer) {
          if (this.transferred.has(buffer)) {
            throw new DOMException('a buffer was transferred already', 'DataCloneError');
          }
          this.transferred.add(buffer);
        }
        queue.messages.push(structuredClone(message, { transfer }));
      },
    };
  }

  get idle(): boolean {
    return this.queues.every(({ messages }) => messages.length === 0);
  }

  /** Delivers the next message of a port chosen at random; false if there is none. */
  step(): boolean {
    const waiting = this.queues.filter(({ messages }) => messages.length > 0);
    if (waiting.length === 0) return false;
    const { messages, deliver } = this.random.pick(waiting);
    deliver(messages.shift());
    return true;
  }
}
