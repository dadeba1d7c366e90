/** The timing wheel against a sorted list: nodes are added, moved in time and in memory, and cancelled. */
import fc from 'fast-check';
import { test } from 'tap';
import { NODE_BYTES, NODE_CLASS } from '../../src/keyspace/size-classes.js';
import { type Address, SlabAllocator } from '../../src/keyspace/slab-allocator.js';
import { TimingWheel } from '../../src/keyspace/timing-wheel.js';

/** A wheel whose nodes are called by small numbers. */
class NumberedWheel {
  private readonly slabs = new SlabAllocator();
  private readonly wheel: TimingWheel;
  private readonly nodes: Address[] = [];
  private readonly handles = new Map<Address, number>();

  constructor(nowMs: number) {
    this.wheel = new TimingWheel(nowMs, this.slabs.words);
  }

  get size(): number {
    return this.wheel.size;
  }

  /** To be due at `dueAtMs`: the deadline is the millisecond before. */
  add(handle: number, dueAtMs: number): void {
    this.wheel.add(this.node(handle), dueAtMs - 1);
  }

  remove(handle: number): void {
    this.wheel.remove(this.node(handle));
  }

  /** Has the node lie elsewhere, as after compaction, if it is on the wheel. */
  move(handle: number): void {
    const from = this.node(handle);
    this.nodes[handle] = 0;
    const to = this.node(handle);
    const { words } = this.slabs;
    const at = (address: Address): number => (address & 0xffff) << 2;
    const copy = words[from >> 16].slice(at(from), at(from) + (NODE_BYTES >> 2));
    words[to >> 16].set(copy, at(to));
    this.wheel.moved(to);
    words[from >> 16].fill(0x7fffffff, at(from), at(from) + (NODE_BYTES >> 2));
    this.slabs.free(from, NODE_CLASS);
    this.handles.delete(from);
    this.handles.set(to, handle);
  }

  nextAtMs(): number {
    return this.wheel.nextAtMs();
  }

  advance(nowMs: number, budget: number, expire: (handle: number) => void): number {
    return this.wheel.advance(nowMs, budget, (node) => expire(this.handles.get(node)!));
  }

  private node(handle: number): Address {
    this.nodes[handle] ||= this.newNode(handle);
    return this.nodes[handle];
  }

  private newNode(handle: number): Address {
    const node = this.slabs.allocate(NODE_CLASS, NODE_BYTES);
    this.wheel.begin(node);
    this.handles.set(node, handle);
    return node;
  }
}

type Step =
  | { kind: 'add'; handle: number; inMs: number }
  | { kind: 'remove'; handle: number }
  | { kind: 'move'; handle: number }
  | { kind: 'advance'; byMs: number; budget: number };

// From now to centuries, close to the borders of the levels too.
const distance = fc.oneof(
  fc.integer({ min: 0, max: 200 }),
  fc.integer({ min: 0, max: 100_000 }),
  fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  fc
    .tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: -2, max: 2 }))
    .map(([l, d]) => Math.max(0, 64 ** l + d)),
  fc.constantFrom(1e13, 2 ** 48, 2 ** 53),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), handle: fc.integer({ min: 1, max: 200 }), inMs: distance }),
  fc.record({ kind: fc.constant('remove' as const), handle: fc.integer({ min: 1, max: 200 }) }),
  fc.record({ kind: fc.constant('move' as const), handle: fc.integer({ min: 1, max: 200 }) }),
  fc.record({
    kind: fc.constant('advance' as const),
    byMs: distance,
    budget: fc.integer({ min: 1, max: 30 }),
  }),
);
const start = fc.constantFrom(0, 1_700_000_000_000, 64 ** 5 - 3);

test('the wheel hands out what a sorted list would, when it would', async (t) => {
  fc.assert(
    fc.property(start, fc.array(step, { maxLength: 150 }), (startMs, steps) => {
      let nowMs = startMs;
      const wheel = new NumberedWheel(nowMs);
      const model = new Map<number, number>();
      const drain = (toMs: number, budget: number): boolean => {
        nowMs = toMs;
        let calls = 0;
        for (;;) {
          let ok = true;
          let touched = 0;
          const left = wheel.advance(nowMs, budget, (handle) => {
            const deadline = model.get(handle);
            if (deadline === undefined || deadline > nowMs) ok = false;
            model.delete(handle);
            touched++;
          });
          if (!ok || touched > budget) return false;
          if (left > 0) break;
          // While there is more to do, the wheel says that it is due now.
          if (wheel.nextAtMs() > nowMs && [...model.values()].some((deadline) => deadline <= nowMs))
            return false;
          if (++calls > 100_000) return false;
        }
        // Nothing due is left, and it wakes in time for the first that is to come.
        const first = Math.min(...model.values());
        return first > nowMs && wheel.nextAtMs() <= first && wheel.size === model.size;
      };
      for (const one of steps) {
        if (one.kind === 'add') {
          wheel.add(one.handle, nowMs + one.inMs);
          model.set(one.handle, nowMs + one.inMs);
        } else if (one.kind === 'remove') {
          wheel.remove(one.handle);
          model.delete(one.handle);
        } else if (one.kind === 'move') {
          if (model.has(one.handle)) wheel.move(one.handle);
        } else if (!drain(Math.min(nowMs + one.byMs, 2 ** 47), one.budget)) {
          return false;
        }
      }
      return true;
    }),
    { numRuns: 1000 },
  );
  t.pass('as the list');
});

test('an idle wheel sleeps: the number of wakes does not depend on how far a deadline is away', async (t) => {
  for (const inMs of [1, 1000, 3_600_000, 86_400_000 * 365, 1e13]) {
    const wheel = new NumberedWheel(1_700_000_000_000);
    wheel.add(1, 1_700_000_000_000 + inMs);
    let wakes = 0;
    let fired = false;
    while (!fired) {
      wakes++;
      wheel.advance(wheel.nextAtMs(), 10, () => {
        fired = true;
      });
    }
    t.ok(wakes <= 9, `${inMs} ms: ${wakes} wakes`);
  }
});

test('a slot that was left unfinished and emptied since is not served out of turn', async (t) => {
  const wheel = new NumberedWheel(0);
  const due: number[] = [];
  const expire = (handle: number) => void due.push(handle);
  for (const handle of [1, 2, 3]) wheel.add(handle, 5);
  wheel.advance(5, 2, expire);
  for (const handle of [1, 2, 3]) wheel.remove(handle);
  wheel.advance(10, 10, expire);
  wheel.advance(64, 10, expire);
  due.length = 0;
  wheel.add(4, 69);
  wheel.add(5, 67);
  t.equal(wheel.nextAtMs(), 67);
  wheel.advance(100, 10, expire);
  t.same(due, [5, 4]);
  t.equal(wheel.size, 0);
});
