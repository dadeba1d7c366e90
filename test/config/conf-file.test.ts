/** Configuration files: how they are read, what they include, what is said of what is wrong in them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { applyArguments } from '../../src/config/argv.js';
import { Config, ConfigError } from '../../src/config/config.js';

interface Case {
  readonly files?: Record<string, string>;
  readonly args?: readonly string[];
  readonly input?: string;
}

/** The settings that come of the files and arguments, the first argument being main.conf if there is one. */
function configured(t: Test, { args = [], files = {}, input = '' }: Case): Config {
  const folder = t.testdir({});
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeTo(join(folder, name), text);
  }
  const config = new Config();
  applyArguments('main.conf' in files ? ['main.conf', ...args] : args, config, {
    folder,
    readStandardInput: () => Buffer.from(input, 'latin1'),
  });
  return config;
}

function writeTo(path: string, text: string): void {
  writeFileSync(path, text, 'latin1');
}

/** The text of the ConfigError, without the folder's path. */
function refusal(t: Test, one: Case): string {
  try {
    configured(t, one);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.replaceAll(`${t.testdirName}/`, '');
    throw error;
  }
  return 'not refused';
}

t.test('lines, comments, quotes', async (t) => {
  const text = [
    '# a comment with "quotes',
    '   \t# another',
    '',
    '  PORT\t7000  \r',
    "bind 127.0.0.1 '-::1'",
    'timeout "5"',
    'logfile "a\\x20b\\n"',
    'save ""',
    'client-output-buffer-limit replica 1mb 2mb 3',
    'client-output-buffer-limit "pubsub 1 2 3 normal 0 0 0"',
  ].join('\n');
  const config = configured(t, { files: { 'main.conf': `${text}\0nonsense` } });
  t.equal(config.get('port'), 7000);
  t.equal(config.get('bind'), '127.0.0.1 -::1');
  t.equal(config.get('timeout'), 5);
  t.equal(config.get('logfile'), 'a b\n');
  t.equal(config.get('save'), '');
  t.equal(config.show('client-output-buffer-limit'), 'normal 0 0 0 slave 1048576 2097152 3 pubsub 1 2 3');
  t.equal(config.filePath, join(t.testdirName, 'main.conf'));
  t.equal(configured(t, {}).filePath, '');
});

t.test('file, standard input, command line: the last one counts', async (t) => {
  const files = { 'main.conf': 'port 1\ntimeout 1\nmaxclients 1\n' };
  const input = 'timeout 2\nmaxclients 2';
  for (const args of [
    ['-', '--maxclients', '3'],
    ['--maxclients', '3', '-'],
  ]) {
    const config = configured(t, { files, input, args });
    t.same([config.get('port'), config.get('timeout'), config.get('maxclients')], [1, 2, 3]);
  }
  t.equal(configured(t, { input, args: ['-'] }).get('timeout'), 2);
  t.equal(configured(t, { files, args: ['--save', '--port', '9'] }).get('port'), 9);
});

t.test('what a file wants and this version refuses, the command line can overrule', async (t) => {
  const files = { 'main.conf': 'daemonize yes\nsave 900 1\nappendonly yes\n' };
  t.match(refusal(t, { files }), /main\.conf:1: daemonize yes: .*foreground/);
  t.match(refusal(t, { files, args: ['--daemonize', 'no'] }), /main\.conf:2: save 900 1: .*memory only/);
  const args = ['--daemonize', 'no', '--save', '', '--appendonly', 'no'];
  t.equal(configured(t, { files, args }).get('daemonize'), 'no');
  t.match(
    refusal(t, { files: { 'main.conf': 'port x\nport 1' } }),
    /main\.conf:1: port x/,
    'but not what is no value at all',
  );
});

t.test('include', async (t) => {
  const files = {
    'main.conf': 'timeout 1\ninclude part.conf\nmaxclients 7\ninclude conf.d/*.conf\ninclude none*.conf\n',
    'part.conf': 'timeout 2\nmaxclients 6',
    'conf.d/10-a.conf': 'port 10\ndatabases 3',
    'conf.d/20-b.conf': 'port 20',
    'conf.d/.hidden.conf': 'port 30',
    'conf.d/other.txt': 'port 40',
  };
  const config = configured(t, { files });
  t.same(
    [config.get('timeout'), config.get('maxclients'), config.get('port'), config.get('databases')],
    [2, 7, 20, 3],
  );
  t.equal(configured(t, { files, args: ['--include', 'conf.d/other.txt'] }).get('port'), 40);
  t.equal(configured(t, { files: { ...files, 'main.conf': 'include */10-[a-z].c?nf' } }).get('port'), 10);
});

t.test('a path is relative to the working directory, which dir changes for what follows', async (t) => {
  const files = {
    'main.conf': 'dir sub\ninclude part.conf\ndir deeper',
    'part.conf': 'timeout 1',
    'sub/part.conf': 'timeout 2',
  };
  const config = configured(t, { files });
  t.equal(config.get('timeout'), 2);
  t.equal(config.get('dir'), join(t.testdirName, 'sub/deeper'));
});

t.test('what is wrong is told with file and line, in one line', async (t) => {
  const cases: [files: Record<string, string>, says: RegExp][] = [
    [{ 'main.conf': '\n\nport 1 2' }, /^main\.conf:3: port 1 2: wrong number of arguments$/],
    [{ 'main.conf': 'port' }, /^main\.conf:1: port: a value is missing$/],
    [{ 'main.conf': 'port "1' }, /^main\.conf:1: port "1: unbalanced quotes$/],
    [{ 'main.conf': '#\nnonsense 1' }, /^main\.conf:2: nonsense 1: there is no such setting$/],
    [{ 'main.conf': 'port 1 # why' }, /^main\.conf:1: port 1 # why: wrong number of arguments$/],
    [{ 'main.conf': 'timeout -1' }, /^main\.conf:1: timeout -1: .*between/],
    [{ 'main.conf': 'rename-command GET ""' }, /^main\.conf:1: rename-command GET : there is no such/],
    [{ 'main.conf': 'requirepass secret' }, /^main\.conf:1: requirepass secret: .*no passwords$/],
    [{ 'main.conf': 'port "a\\nb"' }, /^main\.conf:1: port a\\x0ab: [^\n]*$/],
    [{ 'main.conf': 'bind' }, /^main\.conf:1: bind: a value is missing$/],
    [{ 'main.conf': 'include' }, /^main\.conf:1: include: wrong number of arguments$/],
    [{ 'main.conf': '\ninclude nofile' }, /^main\.conf:2: include nofile: can't read .*nofile.*ENOENT/],
    [{ 'main.conf': 'include part', part: '#\n\nport x' }, /^part:3: port x: .*integer/],
    [
      { 'main.conf': 'include main.conf' },
      /^main\.conf:1: include main\.conf: .*main\.conf includes itself$/,
    ],
    [
      { 'main.conf': 'include a', a: 'include b', b: '\ninclude *.conf' },
      /^b:2: include \*\.conf: .*main\.conf includes itself$/,
    ],
    [{ 'main.conf': 'client-output-buffer-limit normal 1 2' }, /Wrong number of arguments in buffer/],
    [{ 'main.conf': 'client-output-buffer-limit normal 1 2 3' }, /does not limit/],
    [{ 'main.conf': 'client-output-buffer-limit all 1 2 3' }, /Invalid client class/],
  ];
  for (const [files, says] of cases) t.match(refusal(t, { files }), says, files['main.conf']);
  t.match(refusal(t, { args: ['none.conf'] }), /^'none\.conf': can't read .*none\.conf.*ENOENT/);
  t.match(refusal(t, { args: ['-'], input: '\nport x' }), /^standard input:2: port x/);
});

t.test("Debian's redis.conf, but for what is overruled", async (t) => {
  const lines = readFileSync(new URL('debian-redis.conf', import.meta.url), 'utf8');
  const files = { 'main.conf': lines };
  t.match(refusal(t, { files }), /^main\.conf:\d+: daemonize yes/);
  const config = configured(t, { files, args: ['--daemonize', 'no'] });
  t.equal(config.get('port'), 6379);
  t.equal(config.get('dir'), '/var/lib/redis');
});
