/**
 * Reads the command line as redis-server does: a configuration file, `-` for one from standard input, and
 * `--name value [value ...]`, with Redis's names. What comes later overrules what came before.
 * Main thread, once. Invariant: an argument that is not understood is an error, never ignored.
 */
import { resolve } from 'node:path';
import type { Config } from './config.js';
import { applyDirectives, DirectiveReader, refused } from './directives.js';
import { isInert, type Parameter } from './parameter.js';
import { allParameters } from './parameters.js';

/** What to do instead of serving. */
export type Errand = 'help' | 'version';

/** What the program is given by whoever starts it, beside the arguments. */
export interface Surroundings {
  /** The working directory. */
  readonly folder: string;
  readonly readStandardInput: () => Buffer;
}

/**
 * Applies the arguments (without node and script) to `config`.
 * @returns an errand if one was asked for
 * @throws ConfigError with a text for the user
 */
export function applyArguments(
  args: readonly string[],
  config: Config,
  { folder, readStandardInput }: Surroundings,
): Errand | undefined {
  if (args.length === 1 && (args[0] === '--help' || args[0] === '-h')) return 'help';
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-v')) return 'version';
  const reader = new DirectiveReader(folder);
  let rest = [...args];
  if (rest.length > 0 && !rest[0].startsWith('-')) {
    const [path] = rest.splice(0, 1);
    reader.readFile(path, `'${path}'`);
    config.filePath = resolve(folder, path);
  }
  const fromInput = rest[0] === '-' || rest.at(-1) === '-';
  if (fromInput) {
    rest = rest[0] === '-' ? rest.slice(1) : rest.slice(0, -1);
    reader.readText(readStandardInput(), 'standard input');
  }
  let i = 0;
  while (i < rest.length) {
    const [name, attached] = splitOption(rest[i]);
    i++;
    const values = attached === undefined ? [] : [attached];
    while (i < rest.length && !rest[i].startsWith('--')) values.push(rest[i++]);
    // Redis takes the bare word for an empty value, for the sake of old scripts.
    if (values.length === 0 && name.toLowerCase() === 'save') values.push('');
    reader.add(name, values, [`--${name}`, ...values].join(' '));
  }
  applyDirectives(reader.directives, config);
  return undefined;
}

function splitOption(arg: string): [name: string, attached: string | undefined] {
  if (!arg.startsWith('--') || arg === '--') {
    throw refused(arg, `'${arg}': expected a setting such as --port 3002`);
  }
  const equals = arg.indexOf('=');
  return equals < 0 ? [arg.slice(2), undefined] : [arg.slice(2, equals), arg.slice(equals + 1)];
}

/** The text of --help, made from the parameter table. */
export function helpText(): string {
  const rows = allParameters.map((parameter): [string, string] => [
    `--${parameter.name} ${shape(parameter)}`,
    `${parameter.summary} (${parameter.default === '' ? 'none' : parameter.default}${without(parameter)})`,
  ]);
  const width = Math.max(...rows.map(([left]) => left.length));
  return [
    'sherd: a Redis-compatible server. Usage: sherd [/path/to/redis.conf] [-] [--name value ...]',
    '',
    ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`),
    `  ${'--help, --version'.padEnd(width)}  say this, or the version, and end`,
  ].join('\n');
}

function without(parameter: Parameter): string {
  return isInert(parameter) ? '; no effect yet' : '';
}

function shape(parameter: Parameter): string {
  switch (parameter.type) {
    case 'enum':
      return parameter.values.join('|');
    case 'boolean':
      return 'yes|no';
    case 'list':
      return 'WORD...';
    default:
      return parameter.type.toUpperCase();
  }
}
