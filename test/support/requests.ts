/** Encoding of requests, written independently of the code under test. */

export type Word = string | number | Uint8Array;

/** Text becomes bytes one for one (latin1), so that binary arguments can be written as text. */
export function bytesOf(word: Word): Buffer {
  if (typeof word === 'string') return Buffer.from(word, 'latin1');
  return typeof word === 'number' ? Buffer.from(String(word)) : Buffer.from(word);
}

/** A command as an array of bulk strings, as client libraries send it. */
export function request(...words: readonly Word[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${words.length}\r\n`)];
  for (const word of words) {
    const bytes = bytesOf(word);
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}

export function requests(commands: readonly (readonly Word[])[]): Buffer {
  return Buffer.concat(commands.map((words) => request(...words)));
}
