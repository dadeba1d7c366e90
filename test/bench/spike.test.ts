/** The spike keeps working: two threads that read each other's data synchronously, both at once too, come to an end. */
import tap, { test } from 'tap';
import { start } from './benchmark.js';

tap.setTimeout(60_000);

interface Report {
  results: { kind: string; calls: number; medianMicros: number; p99Micros: number }[];
}

test('every way of reading is measured, and none waits for ever', async (t) => {
  const { status, stdout, stderr } = await start(['spike', '--calls', '200', '--json', '-']).ended;
  t.equal(status, 0, status === 0 ? 'ends well' : stderr);
  const { results } = JSON.parse(stdout) as Report;
  for (const way of ['port', 'channel']) {
    for (const [suffix, calls] of [
      ['', 200],
      [', both at once', 400],
    ] as const) {
      const result = results.find(({ kind }) => kind === `${way}, synchronous${suffix}`);
      t.match(result, { calls }, `${way}${suffix}`);
      t.ok(result!.medianMicros > 0 && result!.medianMicros <= result!.p99Micros);
    }
  }
});
