/** The command line: settings, errands, and what is refused. */
import t from 'tap';
import { applyArguments, helpText } from '../../src/config/argv.js';
import { Config, ConfigError } from '../../src/config/config.js';
import { allParameters } from '../../src/config/parameters.js';

const SURROUNDINGS = { folder: '/nonexistent', readStandardInput: () => Buffer.alloc(0) };

function configured(...args: string[]): Config {
  const config = new Config();
  applyArguments(args, config, SURROUNDINGS);
  return config;
}

/** The text of the ConfigError that the arguments end with. */
function refusal(...args: string[]): string {
  try {
    configured(...args);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'not refused';
}

t.test('settings as redis-server takes them', async (t) => {
  const config = configured(
    '--port',
    '7000',
    '--bind',
    '127.0.0.1',
    '-::1',
    '--loglevel',
    'debug',
    '--shards',
    '3',
  );
  t.equal(config.get('port'), 7000);
  t.equal(config.get('bind'), '127.0.0.1 -::1');
  t.equal(config.get('loglevel'), 'debug');
  t.equal(config.get('shards'), 3);
  t.equal(configured().get('port'), 3002, 'defaults without any');
  t.equal(configured('--port=7001').get('port'), 7001);
  t.equal(configured('--PORT', '7002').get('port'), 7002, 'names in any case');
  t.equal(configured('--port', '1', '--port', '2').get('port'), 2, 'the last one counts');
  t.equal(configured('--save', '').get('save'), '', 'an empty value');
  t.equal(configured('--dir', '/tmp/a b').get('dir'), '/tmp/a b');
});

t.test('errands', async (t) => {
  for (const word of ['--help', '-h']) t.equal(applyArguments([word], new Config(), SURROUNDINGS), 'help');
  for (const word of ['--version', '-v'])
    t.equal(applyArguments([word], new Config(), SURROUNDINGS), 'version');
  t.equal(applyArguments([], new Config(), SURROUNDINGS), undefined);
});

t.test('what is not understood is refused with a text that names it', async (t) => {
  const cases: [args: string[], says: RegExp][] = [
    [['--nonsense', 'x'], /nonsense.*no such setting/],
    [['--toString', 'x'], /toString.*no such setting/],
    [['--__proto__', 'x'], /__proto__.*no such setting/],
    [['--port'], /port.*missing/],
    [['--port', '--shards', '2'], /port.*missing/],
    [['--port', 'abc'], /port abc.*integer/],
    [['--port', '1', '2'], /port 1 2.*wrong number/],
    [['--port', '1.5'], /port.*integer/],
    [['--port', ' 1'], /port.*integer/],
    [['--port', ''], /port.*integer/],
    [['--port', '65536'], /port.*between 0 and 65535/],
    [['--port', '-1'], /port.*between 0 and 65535/],
    [['--shards', '0'], /shards.*between 1 and/],
    [['--loglevel', 'loud'], /loglevel.*debug, verbose, notice, warning/],
    [['--proto-max-bulk-len', '1tb'], /proto-max-bulk-len.*memory/],
    [['--proto-max-bulk-len', '1k'], /proto-max-bulk-len.*between/],
    [['--save', '900 1'], /save.*memory only/],
    [['--appendonly', 'yes'], /appendonly/],
    [['port', '7000'], /'port'/],
    [['--', 'x'], /'--'/],
    [['-x'], /'-x'/],
    [['--version', '--port', '1'], /version/],
  ];
  for (const [args, says] of cases) t.match(refusal(...args), says, args.join(' '));
});

t.test('whatever the words, the text of a refusal is one line', async (t) => {
  for (const args of [['--no\nsense', 'x'], ['--port', 'a\nb'], ['a\nb'], ['--loglevel', 'a\r\nb']]) {
    t.notMatch(refusal(...args), /[\r\n]/, JSON.stringify(args));
  }
});

t.test('help names every parameter, its values and its default', async (t) => {
  const lines = helpText().split('\n');
  for (const parameter of allParameters) {
    const line = lines.find((candidate) => candidate.trimStart().startsWith(`--${parameter.name} `));
    t.ok(line?.includes(parameter.summary), parameter.name);
    t.ok(line?.includes(String(parameter.default)), `${parameter.name}'s default`);
  }
});
