/** The microbenchmarks keep working, and measure what they say; their figures mean nothing here. */
import tap, { test } from 'tap';
import { type Contest, runContest } from '../../bench/micro/contest.js';
import { start } from './benchmark.js';

tap.setTimeout(120_000);

interface Report {
  results: {
    contest: string;
    steps: { contender: string; step: string; nanos: { median: number }; bytes: number | null }[];
  }[];
}

test('every structure is measured beside what it replaced', async (t) => {
  const { status, stdout, stderr } = await start(['micro', '--rounds', '1', '--scale', '0.01', '--json', '-'])
    .ended;
  t.equal(status, 0, status === 0 ? 'ends well' : stderr);
  const { results } = JSON.parse(stdout) as Report;
  t.same(
    results.map(({ contest }) => contest),
    ['keyspace', 'wheel', 'parser', 'requests', 'responses', 'replies'],
  );
  for (const { contest, steps } of results) {
    const contenders = [...new Set(steps.map(({ contender }) => contender))];
    t.ok(contenders.length >= 2, `${contest}: there is something to compare with`);
    const stepsOf = (name: string) =>
      steps.filter(({ contender }) => contender === name).map(({ step }) => step);
    for (const contender of contenders)
      t.same(stepsOf(contender), stepsOf(contenders[0]), `${contest}: the same steps`);
    t.ok(
      steps.every(({ nanos }) => nanos.median > 0),
      `${contest}: all of them take time`,
    );
  }
  const weighed = results.flatMap(({ contest, steps }) =>
    steps.filter(({ bytes }) => bytes !== null).map(() => contest),
  );
  t.same([...new Set(weighed)], ['keyspace', 'wheel']);
});

test('one structure by name, and none that there is not', async (t) => {
  const one = await start(['micro', 'parser', '--rounds', '1', '--scale', '0.001']).ended;
  t.match(one.stdout, /^parser +parse +sherd +[\d.]+ /m);
  t.notMatch(one.stdout, /wheel/);
  const none = await start(['micro', 'nosuch']).ended;
  t.match(none, {
    status: 1,
    stdout: '',
    stderr: /^bench: there is no structure 'nosuch', only keyspace, .*\n$/,
  });
});

test('a round has a fresh state, and what it takes is weighed after the step that says so', async (t) => {
  const calls: string[] = [];
  const contest: Contest = {
    summary: 'arrays',
    count: 1000,
    item: 'element',
    weighedAfter: 'keep',
    contenders: (count) => ({
      bytes: () => {
        const state = { kept: new Uint8Array(0) };
        return {
          keep: () => {
            calls.push(`keep onto ${state.kept.length}`);
            state.kept = new Uint8Array(count * 1000);
          },
          drop: () => {
            calls.push(`drop ${state.kept.length}`);
            state.kept = new Uint8Array(0);
          },
        };
      },
    }),
  };
  const results = await runContest(contest, 1000, 3, () => {});
  t.same(
    calls,
    Array.from({ length: 5 }, () => ['keep onto 0', 'drop 1000000']).flat(),
    'three rounds, two to warm up',
  );
  t.same(
    results.map(({ step }) => step),
    ['keep', 'drop'],
  );
  t.ok(Math.abs(results[0].bytes! - 1000) < 300, `${results[0].bytes} bytes an element, 1000 and some noise`);
  t.equal(results[1].bytes, null);
});
