/**
 * The Node.js versions to come: with each of them the sources are built and the server is tried. The binaries are those
 * of the npm package `node`. Without a registry this is skipped, but on CI, where it counts, it fails.
 */
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { type Program, startProgram } from '../support/processes.js';
import { startSherd } from '../support/sherd-server.js';
import { until } from '../support/until.js';

// Three downloads and three builds, on a machine that may be busy.
t.setTimeout(400_000);
const STEP_MS_MAX = 180_000;

const VERSIONS = ['22', '24', '26'];
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What the server is built from. */
const SOURCES = ['package.json', 'src', 'workers'];
const LARGE_BYTES = 20_000_000;

async function finished(program: Program): Promise<Program> {
  const { status } = await program.end(STEP_MS_MAX);
  if (status !== 0)
    throw new Error(`status ${status}: ${program.stdout.slice(-500)}${program.stderr.slice(-500)}`);
  return program;
}

/** The path of that version's binary. */
async function nodeOf(t: Test, version: string): Promise<string> {
  const say = ['node', '-p', 'process.execPath'];
  const { stdout } = await finished(startProgram(t, 'npx', ['-y', '-p', `node@${version}`, ...say]));
  return stdout.trim();
}

/** Builds the server with `node` in a directory of its own, and gives its main.js. */
async function build(t: Test, node: string): Promise<string> {
  const directory = mkdtempSync(path.join(tmpdir(), 'sherd-build-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  for (const source of SOURCES)
    cpSync(path.join(ROOT, source), path.join(directory, source), { recursive: true });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(directory, 'node_modules'));
  const compiler = path.join(ROOT, 'node_modules/typescript/bin/tsc');
  await finished(startProgram(t, node, [compiler, '-b', 'workers'], directory));
  return path.join(directory, 'dist/main.js');
}

for (const version of VERSIONS) {
  t.test(`Node.js ${version}`, async (t) => {
    const node = await nodeOf(t, version).catch((error: Error) => error);
    if (typeof node !== 'string') {
      const why = `Node.js ${version} can't be had from the npm registry: ${node.message}`;
      if (process.env.CI === undefined) t.pass(why, { skip: true });
      else t.fail(why);
      return;
    }
    const main = await build(t, node);
    const server = await startSherd(t, { node, main, args: ['--shards', '2', '--loglevel', 'verbose'] });
    const client = await server.connect();

    const info = String(await client.call('INFO', 'server'));
    t.match(info, new RegExp(`node_version:${version}\\.`), 'it is that version that runs');
    const reads = server.log().flatMap((line) => line.reads ?? []);
    t.same(reads, ['direct'], 'what is not public is there still: no stream is between sockets and parsers');

    const keys = Array.from({ length: 100 }, (_, i) => `key${i}`);
    t.equal(await client.call('MSET', ...keys.flatMap((key) => [key, `value of ${key}`])), 'OK');
    t.same(
      await client.call('MGET', ...keys, 'nokey'),
      [...keys.map((key) => `value of ${key}`), null],
      'over both shards',
    );
    const shards = String(await client.call('INFO', 'shards'));
    t.match(shards, /shard0:.*keys=[1-9]/, 'the first has some of the keys');
    t.match(shards, /shard1:.*keys=[1-9]/, 'and so has the second');

    t.equal(await client.call('SET', 'short', 'v', 'PX', '50'), 'OK');
    await until('the wheel to take it', async () => (await client.call('DBSIZE')) === keys.length);
    t.equal(await client.call('GET', 'short'), null);

    const large = Buffer.alloc(LARGE_BYTES, 'abcdefg');
    t.equal(await client.call('SET', 'large', large), 'OK');
    const reply = await client.raw('GET', 'large');
    t.ok(reply.subarray(reply.indexOf('\n') + 1, -2).equals(large), 'a large value comes back as it was');

    t.same(await server.stop('SIGTERM'), { status: 0, signal: null });
    t.equal(server.program.stderr, '', 'no deprecations');
  });
}
