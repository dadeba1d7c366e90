/** A command as the fuzzer has it: words of bytes, one latin1 character each; how it is sent, and how it is shown. */

export type CommandLine = readonly string[];

/** Longer words are shown cut. */
const SHOWN_CHARACTERS_MAX = 500;

const ESCAPES: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\x07': '\\a',
  '\b': '\\b',
  '"': '\\"',
  '\\': '\\\\',
};

/** As it can be typed into redis-cli. */
export function shown(words: CommandLine): string {
  return words.map(shownWord).join(' ');
}

/** Bytes between quotes, in redis-cli's escapes. */
export function quoted(text: string): string {
  const escaped = text.replace(
    /[^ !#-[\]-~]/g,
    (byte) => ESCAPES[byte] ?? `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return `"${escaped}"`;
}

function shownWord(word: string): string {
  if (word.length > SHOWN_CHARACTERS_MAX) {
    return `${quoted(word.slice(0, SHOWN_CHARACTERS_MAX))}...(${word.length} bytes)`;
  }
  return /^[!#-&(-[\]-~]+$/.test(word) ? word : quoted(word);
}

/** The commands as arrays of bulk strings, one behind the other. */
export function encoded(lines: readonly CommandLine[]): Buffer {
  let text = '';
  for (const words of lines) {
    text += `*${words.length}\r\n`;
    for (const word of words) text += `$${word.length}\r\n${word}\r\n`;
  }
  return Buffer.from(text, 'latin1');
}
