/**
 * Directives: settings as they are written, in a configuration file or on the command line, one a line with Redis's quoting
 * rules. Main thread, at start-up. Invariant: what is not understood is an error that says where it stands.
 */

import { readFileSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { Argv } from '../protocol/argv.js';
import { splitInline } from '../protocol/inline.js';
import { type Config, ConfigError } from './config.js';
import { filesMatching } from './glob-files.js';
import { findParameter } from './parameters.js';

/** A setting with its words, and how messages show it and its place. */
export interface Directive {
  readonly name: string;
  readonly words: readonly string[];
  readonly shown: string;
}

/** Reads files, one including the other, into the order in which their lines count. */
export class DirectiveReader {
  readonly directives: Directive[] = [];
  /** Where relative paths begin: `dir` moves it for the lines behind it, as in Redis. */
  private folder: string;
  /** The files that are being read, each included by the one before it. */
  private readonly reading: string[] = [];

  constructor(folder: string) {
    this.folder = folder;
  }

  /** @throws ConfigError */
  readFile(path: string, shown: string): void {
    const absolute = resolve(this.folder, path);
    let bytes: Buffer;
    let real: string;
    try {
      real = realpathSync(absolute);
      bytes = readFileSync(real);
    } catch (error) {
      throw refused(path, `${shown}: can't read the configuration file ${path}: ${(error as Error).message}`);
    }
    if (this.reading.includes(real)) throw refused(path, `${shown}: ${path} includes itself`);
    this.reading.push(real);
    this.readText(bytes, absolute);
    this.reading.pop();
  }

  /** `origin` is what messages call the text, a file's path for example. */
  readText(bytes: Buffer, origin: string): void {
    // Redis reads up to the first NUL, as C does.
    const nul = bytes.indexOf(0);
    const text = nul < 0 ? bytes : bytes.subarray(0, nul);
    let start = 0;
    for (let line = 1; start < text.length; line++) {
      const newline = text.indexOf(0x0a, start);
      const end = newline < 0 ? text.length : newline;
      const words = wordsOf(text.subarray(start, end));
      if (words === null) {
        throw refused(
          '',
          `${origin}:${line}: ${text.toString('utf8', start, end).trim()}: unbalanced quotes`,
        );
      }
      if (words.length > 0) this.add(words[0], words.slice(1), `${origin}:${line}: ${words.join(' ')}`);
      start = end + 1;
    }
  }

  add(name: string, words: readonly string[], shown: string): void {
    const lower = name.toLowerCase();
    if (lower === 'include') {
      if (words.length !== 1) throw refused(name, `${shown}: wrong number of arguments`);
      const path = resolve(this.folder, words[0]);
      for (const file of /[*?[]/.test(words[0]) ? filesMatching(path) : [path]) this.readFile(file, shown);
      return;
    }
    if (lower === 'dir' && words.length === 1) {
      this.folder = resolve(this.folder, words[0]);
      this.directives.push({ name: lower, words: [this.folder], shown });
      return;
    }
    this.directives.push({ name: lower, words, shown });
  }
}

/**
 * Sets what the directives say; of several for the same setting the last one counts, so that a command line can overrule
 * what a file wants and this version can't do.
 * @throws ConfigError
 */
export function applyDirectives(directives: readonly Directive[], config: Config): void {
  const last = new Map<unknown, Directive>();
  for (const directive of directives) last.set(findParameter(directive.name), directive);
  for (const directive of directives) {
    const { name, shown, words } = directive;
    const parameter = findParameter(name);
    const isList = parameter?.type === 'list';
    try {
      if (parameter !== undefined && !isList && words.length !== 1) {
        throw new ConfigError(name, words.length === 0 ? 'a value is missing' : 'wrong number of arguments');
      }
      if (isList && words.length === 0) throw new ConfigError(name, 'a value is missing');
      const text = words.join(' ');
      const merges = isList && parameter.merge !== undefined;
      if (merges || last.get(parameter) === directive) config.set(name, text);
      else config.check(name, text);
    } catch (error) {
      throw error instanceof ConfigError ? refused(name, `${shown}: ${error.message}`) : error;
    }
  }
}

/** Whatever a user has written, the text stays one line. */
export function refused(name: string, text: string): ConfigError {
  const escaped = (control: string): string => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return new ConfigError(name, text.replace(/\p{Cc}/gu, escaped));
}

/** The words of a line, none for a comment; null where a quote is not closed. */
export function wordsOf(line: Buffer): string[] | null {
  if (/^[ \t\r]*(#|$)/.test(line.toString('latin1'))) return [];
  const argv = new Argv();
  if (!splitInline(line, 0, line.length, argv)) return null;
  return Array.from({ length: argv.count }, (_, i) =>
    argv.source(i).toString('utf8', argv.start(i), argv.end(i)),
  );
}
