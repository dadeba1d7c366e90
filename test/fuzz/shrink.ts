/**
 * Makes a history with a difference as short as it can: first by what is in front, then piece by piece (Zeller's ddmin),
 * then by words. What is left still shows a difference in the same command: at its end, unless it takes what was sent
 * behind it to show.
 */
import type { Arena, Difference, Line } from './arena.js';
import type { Likeness } from './likeness.js';

export interface Shrunk {
  readonly lines: readonly Line[];
  readonly difference: Difference;
}

/** Of all the tries together. */
const SHRINK_MS_MAX = 60_000;
/** Longer words are cut, if what they did does not depend on it. */
const SHORT_WORD = 8;

/**
 * `at`: where the history has its difference.
 * @returns undefined if the history, repeated, shows no difference, so that it depends on more than the commands
 */
export async function shrink(
  arena: Arena,
  likeness: Likeness,
  history: readonly Line[],
  at: number,
): Promise<Shrunk | undefined> {
  const upTo = new Shrinker(arena, likeness, history.slice(0, at + 1), history[at], true);
  return (await upTo.run()) ?? new Shrinker(arena, likeness, history, history[at], false).run();
}

class Shrinker {
  private readonly arena: Arena;
  private readonly likeness: Likeness;
  private lines: readonly Line[];
  private difference: Difference | undefined;
  private readonly name: string | undefined;
  private readonly endsThere: boolean;
  private readonly giveUpAt = performance.now() + SHRINK_MS_MAX;

  /** `endsThere`: what is behind a difference is dropped. */
  constructor(arena: Arena, likeness: Likeness, lines: readonly Line[], different: Line, endsThere: boolean) {
    this.arena = arena;
    this.likeness = likeness;
    this.lines = lines;
    this.name = this.nameOf(different);
    this.endsThere = endsThere;
  }

  async run(): Promise<Shrunk | undefined> {
    const all = this.lines;
    for (let count = 1; count < all.length; count *= 4) if (await this.try(all.slice(-count))) break;
    if (this.difference === undefined && !(await this.try(all))) return undefined;
    await this.dropLines();
    await this.joinConnections();
    await this.simplifyWords();
    await this.dropLines();
    return { lines: this.lines, difference: this.difference! };
  }

  /** Keeps these lines if a difference is still there: in the same command, or at least for the first time. */
  private async try(lines: readonly Line[]): Promise<boolean> {
    if (performance.now() > this.giveUpAt || lines.length === 0) return false;
    const difference = await this.arena.repeat(lines);
    if (difference === null) return false;
    if (this.nameOf(lines[difference.index]) !== this.name) return false;
    this.lines = this.endsThere ? lines.slice(0, difference.index + 1) : lines;
    this.difference = difference;
    return true;
  }

  private nameOf({ words }: Line): string | undefined {
    return this.likeness.find(words)?.fullName;
  }

  private async dropLines(): Promise<void> {
    for (
      let size = Math.ceil(this.lines.length / 2);
      size >= 1;
      size = size === 1 ? 0 : Math.ceil(size / 2)
    ) {
      // From the end, where most of what matters is: what goes there takes what needs it along.
      for (let end = this.lines.length - (this.endsThere ? 1 : 0); end > 0; end -= size) {
        if (end > this.lines.length) continue;
        await this.try([...this.lines.slice(0, Math.max(0, end - size)), ...this.lines.slice(end)]);
      }
    }
  }

  private async joinConnections(): Promise<void> {
    const one = this.lines.map((line) => ({ ...line, connection: 0 }));
    if (await this.try(one)) return;
    for (const connection of new Set(this.lines.map((line) => line.connection))) {
      await this.try(
        this.lines.map((line) => (line.connection === connection ? { ...line, connection: 0 } : line)),
      );
    }
  }

  private async simplifyWords(): Promise<void> {
    for (let at = this.lines.length - 1; at >= 0; at--) {
      for (let i = (this.lines[at]?.words.length ?? 0) - 1; i > 0; i--) {
        const { words } = this.lines[at];
        if (await this.tryWords(at, words.toSpliced(i, 1))) continue;
        for (let length = words[i].length; length > SHORT_WORD; length = Math.floor(length / 2)) {
          if (!(await this.tryWords(at, words.with(i, words[i].slice(0, Math.floor(length / 2)))))) break;
        }
      }
    }
  }

  private async tryWords(at: number, words: readonly string[]): Promise<boolean> {
    if (at >= this.lines.length) return false;
    return this.try(this.lines.with(at, { ...this.lines[at], words }));
  }
}
