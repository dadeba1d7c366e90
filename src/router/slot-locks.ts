/**
 * SlotLocks: which commands have to wait for which, by the slots of their keys. Main thread.
 *
 * A claim is what a command has on slots while it is between its two hops, or while it waits. Claims are made all at once
 * and in the order of arrival, and each waits for those before it that share a slot with it: a graph that cannot have a
 * circle, so nobody waits for ever, and nobody is overtaken where it matters. Commands that only read make no claim and
 * wait for none, but for an exclusive one that has been granted.
 *
 * While nobody has a claim, which is nearly always, all this costs one integer compare (`live`).
 */
import { SLOTS } from './slots.js';

/** The slots a claim is on: some, or all there are. `exclusive`: and nothing else may run meanwhile, reads neither. */
export type Reach = ArrayLike<number> | 'all' | 'exclusive';

export class Claim {
  readonly reach: Reach;
  /** Has what was claimed for done; to be called once, when nothing is waited for. */
  readonly proceed: (claim: Claim) => void;
  /** When it was made, microseconds of a steady clock. */
  readonly madeAtMicros: number;
  /** Claims before it that it waits for; one that shares several slots counts as often. */
  waitsFor = 0;
  readonly followers: Claim[] = [];

  constructor(reach: Reach, proceed: (claim: Claim) => void, madeAtMicros: number) {
    this.reach = reach;
    this.proceed = proceed;
    this.madeAtMicros = madeAtMicros;
  }

  /** Whether it is on every slot. */
  get isWhole(): boolean {
    return typeof this.reach === 'string';
  }
}

export class SlotLocks {
  private readonly claims = new Set<Claim>();
  /** How many claims are waiting or being carried out. A field, since every command looks at it. */
  live = 0;
  /** The last claim on each slot, of those that are on single slots. */
  private readonly lastOf: (Claim | null)[] = new Array<Claim | null>(SLOTS).fill(null);
  /** The last claim on all slots. */
  private lastWhole: Claim | null = null;
  /** The claim on all slots that is being carried out. */
  private whole: Claim | null = null;

  /** Whether a command that only reads has to wait. */
  get closed(): boolean {
    return this.whole?.reach === 'exclusive';
  }

  /** Whether a command that writes to these slots has to wait for somebody. */
  isTaken(reach: Reach): boolean {
    if (this.whole !== null) return true;
    if (typeof reach === 'string') return this.claims.size > 0;
    for (let i = 0; i < reach.length; i++) if (this.lastOf[reach[i]] !== null) return true;
    return false;
  }

  /** Makes a claim behind all that there are. It may go ahead if it waits for nobody; else release() will give it back. */
  claim(reach: Reach, proceed: (claim: Claim) => void, nowMicros: number): Claim {
    const claim = new Claim(reach, proceed, nowMicros);
    if (typeof reach === 'string') {
      for (const earlier of this.claims) follow(claim, earlier);
      this.lastWhole = claim;
    } else {
      if (this.lastWhole !== null) follow(claim, this.lastWhole);
      for (let i = 0; i < reach.length; i++) {
        const slot = reach[i];
        const earlier = this.lastOf[slot];
        // A command may name a slot twice.
        if (earlier === claim) continue;
        if (earlier !== null) follow(claim, earlier);
        this.lastOf[slot] = claim;
      }
    }
    this.claims.add(claim);
    this.live = this.claims.size;
    return claim;
  }

  /** The claim waits for nobody any more and is going to be carried out. */
  begin(claim: Claim): void {
    if (claim.isWhole) this.whole = claim;
  }

  /** The claim has been carried out; `grant` is given those that waited for nobody else. */
  release(claim: Claim, grant: (claim: Claim) => void): void {
    this.claims.delete(claim);
    this.live = this.claims.size;
    if (this.lastWhole === claim) this.lastWhole = null;
    if (this.whole === claim) this.whole = null;
    if (typeof claim.reach !== 'string') {
      const { reach } = claim;
      for (let i = 0; i < reach.length; i++)
        if (this.lastOf[reach[i]] === claim) this.lastOf[reach[i]] = null;
    }
    for (const follower of claim.followers) if (--follower.waitsFor === 0) grant(follower);
  }
}

function follow(claim: Claim, earlier: Claim): void {
  earlier.followers.push(claim);
  claim.waitsFor++;
}
