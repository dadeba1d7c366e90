/**
 * Wheel: the timing wheel beside a binary heap of objects (the one of every textbook, with each object's place in it
 * kept up to date, so that it can be cancelled). Deadlines lie up to an hour away, at random.
 */
import { NODE_BYTES, NODE_CLASS } from '../../keyspace/size-classes.js';
import { SlabAllocator } from '../../keyspace/slab-allocator.js';
import { TimingWheel } from '../../keyspace/timing-wheel.js';
import type { Contest } from './contest.js';
import { shuffled, sink } from './numbers.js';

const SPAN_MS = 3_600_000;

/** Those of the wheel whose round runs, if it is not the heap's. */
let slabs: SlabAllocator | null = null;

export const wheel: Contest = {
  summary: 'timing wheel, beside a binary heap of objects',
  count: 500_000,
  item: 'deadline',
  weighedAfter: 'add',
  sharedBytes: () => slabs?.reservedBytes ?? 0,
  contenders(count) {
    const order = shuffled(count);
    const first = Float64Array.from(order, (number) => 1 + Math.floor((number / count) * SPAN_MS));
    const second = Float64Array.from(order, (_, i) => first[order[i]]);
    const each = (work: (i: number) => void) => () => {
      for (let i = 0; i < count; i++) work(i);
    };
    return {
      sherd: () => {
        const nodeSlabs = new SlabAllocator();
        slabs = nodeSlabs;
        const timers = new TimingWheel(0, nodeSlabs.words);
        const nodes = new Int32Array(count);
        const again = (i: number) => timers.add(nodes[i], second[i]);
        return {
          add: each((i) => {
            nodes[i] = nodeSlabs.allocate(NODE_CLASS, NODE_BYTES);
            timers.begin(nodes[i]);
            timers.add(nodes[i], first[i]);
          }),
          move: each(again),
          cancel: each((i) => timers.remove(nodes[i])),
          'add again': each(again),
          expire: () => {
            // In steps, as a shard's clock goes.
            for (let nowMs = 1; timers.size > 0; nowMs += 10) {
              timers.advance(nowMs, Number.POSITIVE_INFINITY, (node) => {
                sink.value += node;
              });
            }
          },
        };
      },
      heap: () => {
        slabs = null;
        const heap = new Heap();
        const entries: Entry[] = [];
        const again = (i: number) => {
          entries[i].atMs = second[i];
          heap.push(entries[i]);
        };
        return {
          add: each((i) => {
            entries[i] = { handle: i + 1, atMs: first[i], index: -1 };
            heap.push(entries[i]);
          }),
          move: each((i) => {
            heap.remove(entries[i]);
            again(i);
          }),
          cancel: each((i) => heap.remove(entries[i])),
          'add again': each(again),
          expire: () => {
            for (let nowMs = 1; heap.first !== undefined; nowMs += 10) {
              for (let next = heap.first; next !== undefined && next.atMs <= nowMs; next = heap.first) {
                heap.remove(next);
                sink.value += next.handle;
              }
            }
          },
        };
      },
    };
  },
};

interface Entry {
  readonly handle: number;
  atMs: number;
  index: number;
}

class Heap {
  private readonly entries: Entry[] = [];

  get first(): Entry | undefined {
    return this.entries[0];
  }

  push(entry: Entry): void {
    this.entries.push(entry);
    this.rise(entry, this.entries.length - 1);
  }

  remove(entry: Entry): void {
    const last = this.entries.pop();
    if (last === undefined || last === entry) return;
    this.rise(last, entry.index);
    this.sink(last, last.index);
  }

  private rise(entry: Entry, from: number): void {
    let at = from;
    for (; at > 0; at = (at - 1) >> 1) {
      const parent = this.entries[(at - 1) >> 1];
      if (parent.atMs <= entry.atMs) break;
      this.put(parent, at);
    }
    this.put(entry, at);
  }

  private sink(entry: Entry, from: number): void {
    let at = from;
    for (let child = at * 2 + 1; child < this.entries.length; child = at * 2 + 1) {
      if (this.entries[child + 1]?.atMs < this.entries[child].atMs) child++;
      if (entry.atMs <= this.entries[child].atMs) break;
      this.put(this.entries[child], at);
      at = child;
    }
    this.put(entry, at);
  }

  private put(entry: Entry, at: number): void {
    this.entries[at] = entry;
    entry.index = at;
  }
}
