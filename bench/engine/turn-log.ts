/** TurnLog: reads what TurnWatch has written about the threads of a server. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const WATCH = fileURLToPath(new URL('./turn-watch.js', import.meta.url));

export interface Turn {
  /** `main` or `worker-N`. */
  readonly thread: string;
  /** Unix time, milliseconds. */
  readonly endedAtMs: number;
  /** Less its wait in the run queue. */
  readonly lengthMs: number;
  /** With that wait. */
  readonly activeMs: number;
  /** On a CPU; for what is missing to the length it was blocked: by V8's helper threads, or for memory. */
  readonly cpuMs: number;
}

export interface Collection {
  readonly thread: string;
  readonly endedAtMs: number;
  readonly lengthMs: number;
}

export interface TurnFigures {
  /** Unix time, milliseconds, from when on turns are counted. */
  readonly fromMs: number;
  /** Each thread's longest turn, the longest first; without the threads that had none of a millisecond. */
  readonly longest: readonly Turn[];
  /** 0 if there was none of a millisecond. */
  readonly longestMs: number;
  readonly longestCollectionMs: number;
}

export class TurnLog {
  readonly directory: string;

  /** Begins an empty log, in a directory of its own under `parent`. */
  constructor(parent: string) {
    this.directory = mkdtempSync(path.join(parent, 'turns-'));
  }

  /** What makes node keep this log. */
  get nodeArguments(): readonly string[] {
    const url = pathToFileURL(WATCH);
    url.searchParams.set('directory', this.directory);
    return ['--import', url.href];
  }

  /** What has ended since an instant, Unix time in milliseconds. */
  since(fromMs: number): TurnFigures {
    const { turns, collections } = this.read();
    const ended = turns.filter(({ endedAtMs }) => endedAtMs >= fromMs);
    const byThread = new Map<string, Turn>();
    for (const turn of ended) {
      if (turn.lengthMs > (byThread.get(turn.thread)?.lengthMs ?? 0)) byThread.set(turn.thread, turn);
    }
    const longest = [...byThread.values()].sort((a, b) => b.lengthMs - a.lengthMs);
    const pauses = collections.filter(({ endedAtMs }) => endedAtMs >= fromMs).map(({ lengthMs }) => lengthMs);
    return {
      fromMs,
      longest,
      longestMs: longest[0]?.lengthMs ?? 0,
      longestCollectionMs: pauses.reduce((a, b) => Math.max(a, b), 0),
    };
  }

  private read(): { turns: Turn[]; collections: Collection[] } {
    const turns: Turn[] = [];
    const collections: Collection[] = [];
    for (const file of readdirSync(this.directory)) {
      const thread = file.split('-').slice(2).join('-');
      // The last line may not be whole yet.
      const lines = readFileSync(path.join(this.directory, file), 'latin1').split('\n').slice(0, -1);
      for (const line of lines) {
        const [what, ...figures] = line.split(' ');
        const [endedAtMs, lengthMs, activeMs, cpuMs] = figures.map(Number);
        if (what === 'turn') turns.push({ thread, endedAtMs, lengthMs, activeMs, cpuMs });
        else collections.push({ thread, endedAtMs, lengthMs });
      }
    }
    return { turns, collections };
  }
}

/** For a note: how long each thread's longest turn was, and when. */
export function describeTurns({ fromMs, longest, longestCollectionMs }: TurnFigures): string {
  const threads = longest.map(({ thread, lengthMs, cpuMs, endedAtMs }) => {
    const seconds = ((endedAtMs - fromMs) / 1000).toFixed(1);
    return `${thread} ${lengthMs.toFixed(1)} ms (${cpuMs.toFixed(1)} on a CPU) at ${seconds} s`;
  });
  return `${threads.join(', ') || 'none of a millisecond'}; longest collection ${longestCollectionMs.toFixed(1)} ms`;
}
