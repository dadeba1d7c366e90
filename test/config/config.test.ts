/** Config: values and their checks, units of memory, CONFIG SET that changes all or nothing, CONFIG GET. */
import t from 'tap';
import { Config, ConfigError } from '../../src/config/config.js';
import { allParameters, findParameter, parameterNames } from '../../src/config/parameters.js';

/** The message of the ConfigError that setLive throws. */
function refusal(config: Config, ...pairs: [name: string, text: string][]): string {
  try {
    config.setLive(pairs);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'not refused';
}

const FAILED = (name: string, why: string): string =>
  `CONFIG SET failed (possibly related to argument '${name}') - ${why}`;

t.test('every default passes its own check', async (t) => {
  const config = new Config();
  for (const parameter of allParameters) {
    t.doesNotThrow(() => config.set(parameter.name, String(parameter.default)), parameter.name);
    t.equal(config.get(parameter.name as 'port'), parameter.default);
  }
});

t.test('the table names each parameter by its key, and finds it in any case', async (t) => {
  for (const [name, parameter] of parameterNames) {
    t.ok(name === parameter.name || name === parameter.alias, name);
    t.equal(findParameter(name.toUpperCase()), parameter);
  }
  for (const name of ['', 'toString', '__proto__', 'hasOwnProperty']) t.equal(findParameter(name), undefined);
});

t.test('units of memory are those of Redis', async (t) => {
  const config = new Config();
  const units: [text: string, bytes: number][] = [
    ['2000000', 2_000_000],
    ['2000000b', 2_000_000],
    ['2000k', 2_000_000],
    ['2000kb', 2_048_000],
    ['2m', 2_000_000],
    ['2mb', 2_097_152],
    ['1g', 1_000_000_000],
    ['1gb', 1_073_741_824],
    ['1GB', 1_073_741_824],
    ['1Gb', 1_073_741_824],
  ];
  for (const [text, bytes] of units) {
    config.setLive([['proto-max-bulk-len', text]]);
    t.equal(config.get('proto-max-bulk-len'), bytes, text);
    t.same(config.match(['proto-max-bulk-len']), [['proto-max-bulk-len', String(bytes)]]);
  }
  for (const text of ['1 mb', '+1', '%', '1t', '1.5mb', '-1', '1mbb', '0x10', '1e9']) {
    t.equal(
      refusal(config, ['proto-max-bulk-len', text]),
      FAILED('proto-max-bulk-len', 'argument must be a memory value'),
      JSON.stringify(text),
    );
  }
  for (const text of ['mb', '', '99999999999999999999gb']) {
    const limits = 'argument must be between 1048576 and 2147418111 inclusive';
    t.equal(refusal(config, ['proto-max-bulk-len', text]), FAILED('proto-max-bulk-len', limits), text);
  }
});

t.test('integers of 64 bits keep their last digit', async (t) => {
  const config = new Config();
  const name = 'slowlog-log-slower-than';
  for (const text of ['9223372036854775807', '9007199254740993', '-1']) {
    config.setLive([[name, text]]);
    t.same(config.match([name]), [[name, text]]);
  }
  const limits = 'argument must be between -1 and 9223372036854775807 inclusive';
  t.equal(refusal(config, [name, '-2']), FAILED(name, limits));
  t.equal(
    refusal(config, [name, '9223372036854775808']),
    FAILED(name, "argument couldn't be parsed into an integer"),
  );
});

t.test('an alias is the same setting by another name', async (t) => {
  const config = new Config();
  config.setLive([['LIST-max-ziplist-size', '7']]);
  t.same(config.match(['list-max-listpack-size']), [['list-max-listpack-size', '7']]);
  t.same(
    config.match(['list-max-*']).map(([name]) => name),
    ['list-max-listpack-size', 'list-max-ziplist-size'],
  );
  config.setLive([
    ['list-max-ziplist-size', '8'],
    ['list-max-listpack-size', '9'],
  ]);
  t.same(config.match(['list-max-ziplist-size']), [['list-max-ziplist-size', '9']], 'the last one counts');
});

t.test('what would be a lie about data or safety is refused', async (t) => {
  const config = new Config();
  const lies: [name: string, text: string][] = [
    ['appendonly', 'yes'],
    ['save', '900 1'],
    ['requirepass', 'secret'],
    ['maxmemory', '100mb'],
    ['min-replicas-to-write', '1'],
    ['notify-keyspace-events', 'KEA'],
  ];
  for (const [name, text] of lies) {
    t.match(refusal(config, [name, text]), / - this version /, name);
    const [[, shown]] = config.match([name]);
    t.doesNotThrow(() => config.setLive([[name, shown]]), `${name} as it is`);
  }
});

t.test('CONFIG SET changes all it names, or nothing', async (t) => {
  const config = new Config();
  config.setLive([
    ['maxclients', '5'],
    ['TIMEOUT', '7'],
  ]);
  t.equal(config.get('maxclients'), 5);
  t.equal(config.get('timeout'), 7);
  const good: [string, string] = ['maxclients', '6'];
  const cases: [pairs: [string, string][], message: string][] = [
    [[good, ['timeout', 'x']], FAILED('timeout', "argument couldn't be parsed into an integer")],
    [[['timeout', '-1'], good], FAILED('timeout', 'argument must be between 0 and 2147483647 inclusive')],
    [[good, ['nonsense', '1']], "Unknown option or number of arguments for CONFIG SET - 'nonsense'"],
    [[good, ['maxclients', '7']], FAILED('maxclients', 'duplicate parameter')],
    [[good, ['MaxClients', '7']], FAILED('MaxClients', 'duplicate parameter')],
    [
      [
        ['timeout', 'x'],
        ['nonsense', '1'],
      ],
      "Unknown option or number of arguments for CONFIG SET - 'nonsense'",
    ],
    [
      [
        ['timeout', 'x'],
        ['timeout', 'y'],
      ],
      FAILED('timeout', 'duplicate parameter'),
    ],
    [[good, ['port', '1']], FAILED('port', "can't set immutable config")],
    [[good, ['dir', '/']], FAILED('dir', "can't set protected config")],
    [
      [good, ['loglevel', 'loud']],
      FAILED('loglevel', 'argument(s) must be one of the following: debug, verbose, notice, warning'),
    ],
  ];
  for (const [pairs, message] of cases) {
    t.equal(refusal(config, ...pairs), message);
    t.equal(config.get('maxclients'), 5, 'unchanged');
    t.equal(config.get('timeout'), 7, 'unchanged');
  }
});

t.test('whoever applies a change hears of it before it counts, and can refuse it', async (t) => {
  const config = new Config();
  const heard: string[] = [];
  config.onChange('timeout', (seconds) => {
    heard.push(`timeout ${seconds} while ${config.get('timeout')}`);
  });
  config.onChange('maxclients', (clients) => {
    heard.push(`maxclients ${clients}`);
    if (clients > 100) throw new ConfigError('maxclients', 'too many');
  });
  config.setLive([
    ['timeout', '3'],
    ['maxclients', '50'],
  ]);
  t.same(heard.splice(0), ['timeout 3 while 0', 'maxclients 50']);

  t.equal(refusal(config, ['timeout', '9'], ['maxclients', '500']), FAILED('maxclients', 'too many'));
  t.equal(config.get('timeout'), 3);
  t.equal(config.get('maxclients'), 50);
  t.same(
    heard,
    ['timeout 9 while 3', 'maxclients 500', 'timeout 3 while 9'],
    'what was applied is taken back',
  );

  config.onChange('tcp-keepalive', () => {
    throw new TypeError('a bug');
  });
  t.throws(() => config.setLive([['tcp-keepalive', '1']]), TypeError, 'a bug is not taken for a refusal');
  t.equal(config.get('tcp-keepalive'), 300);
});

t.test('CONFIG GET', async (t) => {
  const config = new Config();
  t.same(config.match(['maxclients']), [['maxclients', '10000']]);
  t.same(config.match(['maxcl*', 'maxclients', 'maxclient?']), [['maxclients', '10000']], 'once only');
  t.same(
    config
      .match(['tcp-*'])
      .map(([name]) => name)
      .sort(),
    ['tcp-backlog', 'tcp-keepalive'],
  );
  t.same(config.match(['nonsense', '']), []);
  t.equal(config.match(['*']).length, parameterNames.size);
});
