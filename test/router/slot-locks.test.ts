/**
 * SlotLocks: who waits for whom. Random claims are held against a model that looks at every pair: a claim may go ahead
 * when no older one that is still there shares a slot with it.
 */
import fc from 'fast-check';
import t from 'tap';
import { type Claim, type Reach, SlotLocks } from '../../src/router/slot-locks.js';

/** A harness that notes which claims may go ahead, in the order in which they were told so. */
function newLocks() {
  const locks = new SlotLocks();
  const granted: Claim[] = [];
  const claim = (reach: Reach): Claim => {
    const made = locks.claim(reach, () => {}, 0);
    if (made.waitsFor === 0) grant(made);
    return made;
  };
  const grant = (one: Claim): void => {
    locks.begin(one);
    granted.push(one);
  };
  const release = (one: Claim): void => locks.release(one, grant);
  return { locks, granted, claim, release };
}

t.test('claims on different slots go ahead side by side', async (t) => {
  const { claim, granted, locks, release } = newLocks();
  const [one, other] = [claim([1, 2]), claim([3, 4])];
  t.same(granted, [one, other]);
  t.equal(locks.isTaken([5]), false);
  t.equal(locks.isTaken([5, 4]), true);
  t.equal(locks.closed, false, 'who only reads waits for neither');
  release(one);
  t.equal(locks.isTaken([1, 2]), false);
  release(other);
  t.equal(locks.live, 0);
});

t.test('a claim waits for older ones on its slots, and keeps younger ones waiting', async (t) => {
  const { claim, granted, release } = newLocks();
  const first = claim([1]);
  const second = claim([1, 2]);
  const third = claim([2]);
  t.same(granted, [first], 'the third one has no slot in common with the first');
  release(first);
  t.same(granted, [first, second]);
  release(second);
  t.same(granted, [first, second, third]);
  release(third);
});

t.test('a command may name a slot twice', async (t) => {
  const { claim, granted, locks, release } = newLocks();
  const first = claim([7, 7]);
  const second = claim([7, 7, 7]);
  t.same(granted, [first]);
  release(first);
  t.same(granted, [first, second]);
  release(second);
  t.equal(locks.live, 0);
});

t.test('a claim on everything waits for all, and all wait for it', async (t) => {
  const { claim, granted, locks, release } = newLocks();
  const [one, other] = [claim([1]), claim([2])];
  const whole = claim('exclusive');
  const late = claim([3]);
  t.same(granted, [one, other], 'or it would never have its turn');
  t.equal(locks.closed, false, 'reads go on until it has');
  release(other);
  release(one);
  t.same(granted, [one, other, whole]);
  t.equal(locks.closed, true);
  t.equal(locks.isTaken([9]), true);
  release(whole);
  t.equal(locks.closed, false);
  t.same(granted, [one, other, whole, late]);
});

t.test('one that is on everything but not exclusive keeps no reads waiting', async (t) => {
  const { claim, granted, locks, release } = newLocks();
  const [one, whole] = [claim([1]), claim('all')];
  t.equal(locks.isTaken([9]), false, 'while it waits itself, nor a write that is not in its way');
  release(one);
  t.same(granted, [one, whole]);
  t.equal(locks.closed, false);
  t.equal(locks.isTaken('all'), true);
  t.equal(locks.isTaken([9]), true, 'while it is carried out nobody else writes');
  release(whole);
  t.equal(locks.isTaken([9]), false);
});

/** What is done: a claim on slots or on all, or the release of one of those that may go ahead. */
const action = fc.oneof(
  { weight: 5, arbitrary: fc.array(fc.nat({ max: 7 }), { minLength: 1, maxLength: 4 }) },
  { weight: 1, arbitrary: fc.constantFrom<Reach>('all', 'exclusive') },
  { weight: 5, arbitrary: fc.nat() },
);

t.test('random claims go ahead exactly when nobody older is in their way', async (t) => {
  const shares = (one: Reach, other: Reach): boolean =>
    typeof one === 'string' ||
    typeof other === 'string' ||
    Array.from(one).some((slot) => Array.from(other).includes(slot));
  const property = fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
    const { claim, granted, locks, release } = newLocks();
    const live: Claim[] = [];
    const check = (): void => {
      live.forEach((one, i) => {
        const isFree = live.slice(0, i).every((older) => !shares(older.reach, one.reach));
        if (granted.includes(one) !== isFree) throw new Error(`claim ${i} of ${live.length}`);
      });
      if (locks.live !== live.length) throw new Error('a claim is lost');
    };
    const finish = (one: Claim): void => {
      live.splice(live.indexOf(one), 1);
      release(one);
      check();
    };
    for (const one of actions) {
      if (typeof one !== 'number') {
        live.push(claim(one));
        check();
        continue;
      }
      const running = live.filter((candidate) => granted.includes(candidate));
      if (running.length > 0) finish(running[one % running.length]);
    }
    while (live.length > 0) finish(live.find((candidate) => granted.includes(candidate))!);
    return !locks.closed && !locks.isTaken('all');
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 500 }));
});
