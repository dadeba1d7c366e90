/**
 * Reads the command line as redis-server does: `--name value [value ...]`, with Redis's names.
 * Main thread, once. Invariant: an argument that is not understood is an error, never ignored.
 */
import { type Config, ConfigError } from './config.js';
import type { Parameter } from './parameter.js';
import { allParameters } from './parameters.js';

/** What to do instead of serving. */
export type Errand = 'help' | 'version';

/**
 * Applies the arguments (without node and script) to `config`.
 * @returns an errand if one was asked for
 * @throws ConfigError with a text for the user
 */
export function applyArguments(args: readonly string[], config: Config): Errand | undefined {
  if (args.length === 1 && (args[0] === '--help' || args[0] === '-h')) return 'help';
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-v')) return 'version';
  let i = 0;
  while (i < args.length) {
    const [name, attached] = splitOption(args[i]);
    i++;
    const values = attached === undefined ? [] : [attached];
    while (i < args.length && !args[i].startsWith('--')) values.push(args[i++]);
    if (values.length === 0) throw refused(name, `--${name}: a value is missing`);
    try {
      config.set(name, values.join(' '));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      throw refused(name, `--${name} ${values.join(' ')}: ${error.message}`);
    }
  }
  return undefined;
}

/** Whatever a user has written, the text stays one line. */
function refused(name: string, text: string): ConfigError {
  const escaped = (control: string) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return new ConfigError(name, text.replace(/\p{Cc}/gu, escaped));
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
    'sherd: a Redis-compatible server. Usage: sherd [--name value ...]',
    '',
    ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`),
    `  ${'--help, --version'.padEnd(width)}  say this, or the version, and end`,
  ].join('\n');
}

function without({ mutability }: Parameter): string {
  return mutability === 'inert' ? '; no effect yet' : '';
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
