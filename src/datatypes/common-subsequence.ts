/**
 * CommonSubsequence: the longest common subsequence of two byte strings, by the table of the lengths for all pairs of
 * prefixes (Wagner & Fischer 1974). Shard thread; pure.
 *
 * Of the table two rows are kept, and of every cell one bit: whether the way back goes to the shorter prefix of `a`. Where
 * there are several longest ones, which of them is found, and as which matches, follows from that rule, which is Redis's.
 */

/** Bytes [aFirst, aLast] of one string are bytes [bFirst, bLast] of the other. */
export interface Match {
  readonly aFirst: number;
  readonly aLast: number;
  readonly bFirst: number;
  readonly bLast: number;
}

export class CommonSubsequence {
  readonly length: number;
  private readonly a: Buffer;
  private readonly b: Buffer;
  /** A bit for each pair of prefixes; null if only the length is wanted. */
  private readonly turns: Uint8Array | null;

  /** @throws RangeError if there is no memory for it */
  constructor(a: Buffer, b: Buffer, onlyLength: boolean) {
    this.a = a;
    this.b = b;
    this.turns = onlyLength ? null : new Uint8Array(Math.ceil((a.length * b.length) / 8));
    this.length = this.fill();
  }

  /** The matches from the last to the first. Only if more than the length was wanted. */
  matches(): Match[] {
    const matches: Match[] = [];
    let aLast = -1;
    let bLast = -1;
    const end = (aFirst: number, bFirst: number): void => {
      if (aLast >= 0) matches.push({ aFirst, aLast, bFirst, bLast });
      aLast = -1;
    };
    let i = this.a.length;
    let j = this.b.length;
    while (i > 0 && j > 0) {
      if (this.a[i - 1] === this.b[j - 1]) {
        if (aLast < 0) [aLast, bLast] = [i - 1, j - 1];
        i--;
        j--;
        continue;
      }
      end(i, j);
      if (this.turnsAt(i, j)) i--;
      else j--;
    }
    end(i, j);
    return matches;
  }

  /** The subsequence itself. Only if more than the length was wanted. */
  bytes(): Buffer {
    const bytes = Buffer.alloc(this.length);
    let at = this.length;
    for (const { aFirst, aLast } of this.matches()) {
      at -= aLast + 1 - aFirst;
      this.a.copy(bytes, at, aFirst, aLast + 1);
    }
    return bytes;
  }

  /** Computes the table row by row; gives its last cell. */
  private fill(): number {
    const { a, b, turns } = this;
    const columns = b.length;
    let above = new Uint32Array(columns + 1);
    let row = new Uint32Array(columns + 1);
    for (let i = 0; i < a.length; i++) {
      const byte = a[i];
      const rowStart = i * columns;
      let left = 0;
      for (let j = 0; j < columns; j++) {
        const up = above[j + 1];
        if (byte === b[j]) left = above[j] + 1;
        else if (up > left) {
          left = up;
          if (turns !== null) turns[(rowStart + j) >>> 3] |= 1 << ((rowStart + j) & 7);
        }
        row[j + 1] = left;
      }
      [above, row] = [row, above];
    }
    return above[columns];
  }

  private turnsAt(i: number, j: number): boolean {
    const cell = (i - 1) * this.b.length + j - 1;
    return ((this.turns![cell >>> 3] >> (cell & 7)) & 1) !== 0;
  }
}
