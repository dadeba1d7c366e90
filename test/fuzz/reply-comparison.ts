/**
 * ReplyComparison: the replies to one connection's commands, side by side, in order. It follows transactions, since the
 * replies of what was queued come together in that of EXEC. Invariant: told of every command sent on the connection.
 */
import type { CommandLine } from './command-line.js';
import { elementsOf, isNull, type Likeness } from './likeness.js';

/** Called for every reply that a command got, those in a transaction's included. */
export type Witness = (words: CommandLine, reply: Buffer) => void;

const QUEUED = Buffer.from('+QUEUED\r\n');
/** What a transaction's reply can begin with. */
const ASTERISK = '*'.charCodeAt(0);

export class ReplyComparison {
  private readonly likeness: Likeness;
  private readonly witness: Witness;
  private queued: CommandLine[] = [];

  constructor(likeness: Likeness, witness: Witness = () => {}) {
    this.likeness = likeness;
    this.witness = witness;
  }

  /** Whether the replies to the words are what they should be. */
  areAlike(words: CommandLine, theirs: Buffer, ours: Buffer): boolean {
    const areEqual = theirs.equals(ours);
    if (theirs.equals(QUEUED)) {
      this.queued.push(words);
      return areEqual;
    }
    const { queued } = this;
    if (queued.length > 0 && endsTransaction(words)) {
      this.queued = [];
      const elements = isNull(theirs) || theirs[0] !== ASTERISK ? [] : elementsOf(theirs);
      if (elements.length === queued.length) {
        this.witness(words, theirs);
        queued.forEach((line, i) => {
          this.witness(line, elements[i]);
        });
        return areEqual || this.areAlikeInside(queued, elements, ours);
      }
    }
    this.witness(words, theirs);
    return areEqual || this.likeness.areAlike(words, theirs, ours);
  }

  private areAlikeInside(queued: readonly CommandLine[], theirs: readonly Buffer[], ours: Buffer): boolean {
    const sherd = ours[0] === ASTERISK && !isNull(ours) ? elementsOf(ours) : [];
    if (sherd.length !== theirs.length) return false;
    return queued.every(
      (line, i) => theirs[i].equals(sherd[i]) || this.likeness.areAlike(line, theirs[i], sherd[i]),
    );
  }
}

function endsTransaction([name]: CommandLine): boolean {
  return ['exec', 'discard', 'reset'].includes(name.toLowerCase());
}
