/** Texts of error replies that more than one place gives: code first, no '-'. Both threads. */
import type { Argv } from './argv.js';

/** How much of a name or of the arguments an error shows. */
export const SHOWN_BYTES_MAX = 128;

export const SYNTAX_ERROR = 'ERR syntax error';
export const NOT_AN_INTEGER = 'ERR value is not an integer or out of range';
export const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';

export function wrongArity(fullName: string): string {
  return `ERR wrong number of arguments for '${fullName}' command`;
}

export function invalidExpireTime(fullName: string): string {
  return `ERR invalid expire time in '${fullName}' command`;
}

/** Of a container that does not tell the one from the other; `argv` is the whole command. */
export function wrongSubcommand(container: string, argv: Argv): string {
  const shown = argv.shown(1, SHOWN_BYTES_MAX);
  return `ERR unknown subcommand or wrong number of arguments for '${shown}'. Try ${container.toUpperCase()} HELP.`;
}
