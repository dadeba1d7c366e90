/** Turns: the longest turn of any of Sherd's threads while 5 million keys are filled; the median of several runs. */
import { startSherd } from '../load/servers.js';
import { median } from '../load/statistics.js';
import { checkFilled, fill } from './fill.js';
import { nowMs, type Part, withServer } from './part.js';
import { describeTurns, type TurnFigures, TurnLog } from './turn-log.js';

const KEYS = 5_000_000;
const RUNS = 5;

export const turns: Part = {
  summary: "the longest turn of any of Sherd's threads while 5 million keys are filled",
  async run({ directory, progress, runs = RUNS, scale, shards }) {
    const keys = Math.ceil(KEYS * scale);
    const figures: TurnFigures[] = [];
    for (let run = 1; run <= runs; run++) {
      progress.step(`turns: run ${run} of ${runs}, filling ${keys} keys`);
      const log = new TurnLog(directory);
      const filled = await withServer(startSherd(shards, directory, log.nodeArguments), async (server) => {
        const fromMs = nowMs();
        const seconds = await fill(server, keys);
        await checkFilled(server, keys);
        return { seconds, ...log.since(fromMs) };
      });
      figures.push(filled);
      progress.line(
        `turns: run ${run} of ${runs}, ${filled.seconds.toFixed(1)} s; longest ${filled.longestMs.toFixed(1)} ms (${describeTurns(filled)})`,
      );
    }
    const lengths = figures.map(({ longestMs }) => longestMs);
    const middle = [...figures].sort((a, b) => a.longestMs - b.longestMs)[(figures.length - 1) >> 1];
    return [
      {
        measure: `longest turn of any thread, filling ${keys / 1e6}M keys`,
        unit: 'ms',
        bound: 'at most',
        wanted: 15,
        aim: 5,
        measured: median(lengths),
        note: `runs: ${lengths.map((ms) => ms.toFixed(1)).join(', ')}; ${describeTurns(middle)}`,
      },
    ];
  },
};
