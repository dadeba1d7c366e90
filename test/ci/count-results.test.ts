/** The counting at the end of .ci/run: on what tap itself writes, and on results that are broken. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const COUNT = fileURLToPath(new URL('../../.ci/count-results.mjs', import.meta.url));
const TAP = fileURLToPath(new URL('../../node_modules/.bin/tap', import.meta.url));

/** What a tap that is run by hand sees of the environment: nothing of the one that runs this test. */
const ENVIRONMENT = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' };

function count(results: string, status: number, files: readonly string[] = []) {
  const {
    status: exit,
    stdout,
    stderr,
  } = spawnSync(process.execPath, [COUNT, results, String(status), ...files], {
    encoding: 'utf8',
    env: ENVIRONMENT,
  });
  if (stderr !== '') throw new Error(stderr);
  const lines = stdout.trimEnd().split('\n');
  return { exit, last: lines.at(-1), log: lines.slice(0, -1) };
}

t.test('what tap writes of files of every fate', async (t) => {
  const tests: Record<string, { text: string; passed: number; failed: number }> = {
    'passes.test.mjs': {
      text: `t.comment('a remark'); t.pass('1'); t.equal(1, 1); t.test('sub', async (t) => { t.pass('3'); t.test('subsub', async (t) => { t.pass('4'); }); }); t.test('without assertions', async () => {});`,
      passed: 5,
      failed: 0,
    },
    'fails.test.mjs': {
      text: `t.pass('1'); t.fail('2'); t.test('sub', async (t) => { t.pass('3'); t.fail('4'); });`,
      passed: 2,
      failed: 2,
    },
    'throws.test.mjs': {
      text: `t.test('sub', async (t) => { t.pass('1'); throw new Error('thrown'); });`,
      passed: 1,
      failed: 1,
    },
    'crashes.test.mjs': { text: `t.pass('1'); process.kill(process.pid, 'SIGKILL');`, passed: 1, failed: 1 },
    'does-not-load.test.mjs': { text: `import 'no-such-package';`, passed: 0, failed: 1 },
    'exits.test.mjs': { text: `t.plan(3); t.pass('1'); process.exit(0);`, passed: 1, failed: 1 },
    'exits-badly.test.mjs': { text: `t.pass('1'); t.end(); process.exitCode = 3;`, passed: 1, failed: 1 },
    'takes-too-long.test.mjs': {
      text: `t.test('sub', { timeout: 300 }, () => new Promise(() => setInterval(() => {}, 1000).unref()));`,
      passed: 0,
      failed: 1,
    },
    'is-empty.test.mjs': { text: '', passed: 0, failed: 1 },
    'skips.test.mjs': {
      text: `t.pass('1'); t.test('sub', { skip: 'why' }, async (t) => t.fail('2')); t.fail('later', { todo: 'yes' });`,
      passed: 1,
      failed: 0,
    },
  };
  const folder = t.testdir({
    'package.json': '{"type":"module","tap":{"disable-coverage":true}}',
    ...Object.fromEntries(
      Object.entries(tests).map(([name, { text }]) => [name, `import t from 'tap';\n${text}\n`]),
    ),
  });
  const results = join(folder, 'results.tap');
  const files = readdirSync(folder).filter((name) => name.endsWith('.test.mjs'));
  const { status } = spawnSync(TAP, ['run', '--jobs=2', `--output-file=${results}`, ...files], {
    cwd: folder,
    env: ENVIRONMENT,
    stdio: 'ignore',
  });
  t.not(status, 0);
  const all = Object.values(tests);
  const passed = all.reduce((sum, one) => sum + one.passed, 0);
  const failed = all.reduce((sum, one) => sum + one.failed, 0);
  const { exit, last, log } = count(results, status ?? -1, files);
  t.equal(last, `${passed} passed, ${failed} failed`, log.join('\n'));
  t.equal(exit, 1);
  for (const [name, { failed }] of Object.entries(tests)) {
    const told = log.filter((line) => line.startsWith(`failed: ${name}`));
    t.equal(told.length, failed, `${name}: ${failed} failed`);
  }

  t.ok(log.includes('passes.test.mjs: a remark'), 'remarks are told');

  const { last: withMissing, log: told } = count(results, 1, [...files, 'never-run.test.mjs']);
  t.equal(withMissing, `${passed} passed, ${failed + 1} failed`);
  t.match(told.at(-1), 'never-run.test.mjs: never reported');
});

t.test('results of a run in which all is well', async (t) => {
  const results = join(
    t.testdir({
      'results.tap': `TAP version 14
# Subtest: a.test.ts
    ok 1 - one
    ok 2 - two # SKIP not here
    1..2
ok 1 - a.test.ts # time=1ms

# Subtest: b.test.ts
    # Subtest: inner
        ok 1 - three
        1..1
    ok 1 - inner
    1..1
ok 2 - b.test.ts

1..2
`,
    }),
    'results.tap',
  );
  t.same(count(results, 0, ['a.test.ts', 'b.test.ts']), {
    exit: 0,
    last: '2 passed, 0 failed',
    log: [],
  });
  t.equal(count(results, 1).last, '2 passed, 1 failed', 'a command that failed all the same');
  t.equal(count(results, 0, ['c.test.ts']).last, '2 passed, 1 failed', 'a file that never reported');
});

t.test('results that are broken off, bailed out, empty or not there', async (t) => {
  const folder = t.testdir({
    'broken-off.tap': `TAP version 14
# Subtest: a.test.ts
    ok 1 - one
    1..1
ok 1 - a.test.ts

# Subtest: b.test.ts
    ok 1 - two
`,
    'bailed-out.tap': 'TAP version 14\nok 1 - one\nBail out! enough\n',
    'empty.tap': '',
  });
  const broken = count(join(folder, 'broken-off.tap'), 1, ['a.test.ts', 'b.test.ts']);
  t.match(broken.last, /^2 passed, [1-9] failed$/);
  t.equal(broken.exit, 1);
  t.match(count(join(folder, 'bailed-out.tap'), 1).last, /^1 passed, [1-9] failed$/);
  t.equal(count(join(folder, 'empty.tap'), 0).last, '0 passed, 1 failed');
  t.equal(
    count(join(folder, 'none.tap'), 1, ['a.test.ts']).last,
    '0 passed, 1 failed',
    'lint or build failed',
  );
  t.equal(count(join(folder, 'none.tap'), 0).last, '0 passed, 1 failed');
});
