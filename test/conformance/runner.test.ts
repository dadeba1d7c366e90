/** The conformance runner by itself: what it reads from the suite's output, the skip list, the floor, and what hangs. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { missing } from '../support/processes.js';
import { belowFloor, raisedFloor } from './floor.js';
import { readSkipList } from './skip-list.js';
import { debSourceLines } from './suite-source.js';
import { readOutput, runUnit, type UnitResult } from './unit-run.js';
import { UnknownWatch } from './unknown-watch.js';

const OUTPUT = `Starting test server at port 21079
[ready]: 4242
Testing unit/some
[ok]: SET and GET (some) (3 ms)
[ok]: twice (1 ms)
[err]: twice in tests/unit/some.tcl
Expected 'a' to be equal to 'b' (context: type eval line 3)
[err]: unknown command 'FOO' in tests/unit/other.tcl
[err]: wn command 'BAR'
[skip]: slow one
[ignore]: needs a server: Not supported on external server
[ok]: last of all (12 ms)
`;

t.test('what the suite says', async (t) => {
  const read = readOutput(
    `${OUTPUT}\n                   The End\n\n!!! WARNING The following tests failed:\n`,
  );
  t.same(read.passed, ['SET and GET (some)', 'last of all'], 'a name that failed once has not passed');
  t.same(read.failed, ['twice', "unknown command 'FOO'", "between tests: wn command 'BAR'"]);
  t.equal(read.skipped, 2);
  t.ok(read.atEnd);
  const broken = readOutput(`${OUTPUT}[exception]: Executing test client: no such thing.\n`);
  t.notOk(broken.atEnd);
  t.equal(broken.exception, 'Executing test client: no such thing.');
});

t.test('the skip list has a reason for every name', async (t) => {
  t.same(readSkipList('# about this file\n\n# reason\nname one\n/^LIST .*\n\n# another\nname two\n'), [
    'name one',
    '/^LIST .*',
    'name two',
  ]);
  t.throws(() => readSkipList('# reason\nname\n\nother\n'), /line 4: "other" has no reason/);
  t.throws(() => readSkipList('name\n'), /line 1/);
});

function result(unit: string, ...passed: string[]): UnitResult {
  return { unit, passed, outcome: 'done', reason: '', failed: [], hollow: [], skipped: 0, seconds: 1 };
}

t.test('the floor rises by what passes every time, and never sinks', async (t) => {
  const floor = { a: ['old', 'one'] };
  const raised = raisedFloor(floor, [
    result('a', 'one', 'two', 'three'),
    result('b', 'x'),
    result('a', 'two'),
  ]);
  t.same(raised, { a: ['old', 'one', 'two'], b: ['x'] });
  t.same(raisedFloor(floor, [result('c')]), floor, 'a unit of which nothing passes is not listed');
  t.same(belowFloor(floor, result('a', 'one', 'two')), ['old']);
  t.same(belowFloor(floor, result('b')), []);
});

t.test("deb-src lines are made of the machine's deb lines", async (t) => {
  t.same(
    debSourceLines(
      'a.list',
      '# deb http://off.invalid x main\ndeb [arch=amd64] http://one.invalid x main\n\n',
    ),
    ['deb-src [arch=amd64] http://one.invalid x main'],
  );
  const stanzas = 'Types: deb\nURIs: http://two.invalid\n\nTypes: deb deb-src\nURIs: http://three.invalid\n';
  t.same(debSourceLines('b.sources', stanzas), stanzas.replace(/Types: .*/g, 'Types: deb-src').split('\n'));
  t.same(debSourceLines('c.list.disabled', 'deb http://four.invalid x main'), []);
});

t.test('a test that waits for ever does not lose those before it', { skip: missing('tclsh') }, async (t) => {
  // A suite of our own that says what Redis's would say, starts a client that outlives it, and never ends.
  const directory = mkdtempSync(path.join(tmpdir(), 'sherd-runner-'));
  mkdirSync(path.join(directory, 'tests'));
  const marker = path.join(directory, 'client-was-here');
  writeFileSync(
    path.join(directory, 'tests/test_helper.tcl'),
    `puts "\\[ok\\]: first (1 ms)"\nflush stdout\nexec sh -c "sleep 3; touch ${marker}" &\nvwait forever\n`,
  );
  const log = '### Starting test first in tests/unit/x.tcl\n### Starting test {second} in tests/unit/x.tcl\n';
  const stopped: string[] = [];
  const start = async () => ({
    port: 1,
    log,
    isRunning: true,
    stop: async () => {
      stopped.push('server');
    },
  });
  const startedMs = performance.now();
  const late = await runUnit('unit/x', { directory, start, limitMs: 1000 });
  t.same(late.passed, ['first']);
  t.equal(late.outcome, 'late');
  t.match(late.reason, /second/, 'and it says which test it was');
  t.ok(performance.now() - startedMs < 2900, 'without waiting for what the suite had started');
  t.same(stopped, ['server']);
});

t.test('a test that met an unknown command is noted, and bytes pass as they are', async (t) => {
  // Says back what it is told, one byte a write, so that a refusal comes in pieces.
  const echo = createServer({ noDelay: true }, (socket) => {
    socket.on('data', async (chunk: Buffer) => {
      for (const byte of chunk) await new Promise((sent) => socket.write(Buffer.of(byte), sent));
    });
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  t.teardown(() => echo.close());
  const watch = await UnknownWatch.start((echo.address() as AddressInfo).port);
  t.teardown(() => watch.stop());
  const client = connect({ port: watch.port, host: '127.0.0.1' }).setEncoding('utf8');
  const says = async (text: string): Promise<void> => {
    let heard = '';
    const back = new Promise<void>((resolve) => {
      client.on('data', (chunk: string) => {
        heard += chunk;
        if (heard.length >= text.length) resolve();
      });
    });
    client.write(text);
    await back;
    client.removeAllListeners('data');
    t.equal(heard, text);
  };
  await says('### Starting test first (é) in tests/unit/x.tcl');
  await says("-ERR unknown subcommand 'x'");
  await says('### Starting test second in tests/unit/x.tcl');
  await says('-ERR something else');
  t.same([...watch.tests], ['first (é)']);
});
