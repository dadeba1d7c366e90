/**
 * Replies of RESP2 and RESP3: where they end, and what they say. Written from the specification and independent of
 * the code under test, so that neither hides the other's mistakes.
 */

/** A reply's content. Text is latin1, one character a byte; maps are lists of pairs, errors are told by their class. */
export type Reply = string | number | bigint | boolean | null | ErrorReply | Reply[];

export class ErrorReply {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What to do when a reply is not whole yet: how many bytes there must be before it is worth looking again. */
export class Incomplete {
  readonly bytesNeeded: number;
  constructor(bytesNeeded: number) {
    this.bytesNeeded = bytesNeeded;
  }
}

const LF = 0x0a;
const AGGREGATES = '*~>%|';

/** The index behind the reply that begins at `at`. */
export function endOfReply(bytes: Buffer, at: number): number | Incomplete {
  let position = at;
  let left = 1;
  while (left > 0) {
    const newline = bytes.indexOf(LF, position);
    if (newline < 0) return new Incomplete(bytes.length + 1);
    const type = String.fromCharCode(bytes[position]);
    const line = bytes.toString('latin1', position + 1, newline - 1);
    position = newline + 1;
    left--;
    if (AGGREGATES.includes(type)) {
      const count = lengthOf(line);
      if (count > 0) left += type === '%' || type === '|' ? count * 2 : count;
      if (type === '|') left++;
    } else if (type === '$' || type === '=' || type === '!') {
      const length = lengthOf(line);
      if (length >= 0) position += length + 2;
      if (position > bytes.length) return new Incomplete(position);
    } else if (!'+-:_#,('.includes(type)) {
      throw new Error(`a reply can't begin with ${JSON.stringify(type + line)}`);
    }
  }
  return position;
}

/** Reads one whole reply. @throws Error if there is anything else than exactly one reply */
export function decode(bytes: Buffer): Reply {
  let position = 0;
  const read = (): Reply => {
    const newline = bytes.indexOf(LF, position);
    if (newline < 1 || bytes[newline - 1] !== 0x0d) throw new Error(`no CRLF behind byte ${position}`);
    const type = String.fromCharCode(bytes[position]);
    const line = bytes.toString('latin1', position + 1, newline - 1);
    position = newline + 1;
    switch (type) {
      case '+':
        return line;
      case '-':
        return new ErrorReply(line);
      case ':': {
        const exact = BigInt(line);
        return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
      }
      case '_':
        return null;
      case '#':
        return line === 't';
      case '(':
        return BigInt(line);
      case ',':
        return Number(line);
      case '$':
      case '=':
      case '!': {
        const length = lengthOf(line);
        if (length < 0) return null;
        const text = bytes.toString('latin1', position, position + length);
        position += length + 2;
        if (bytes.toString('latin1', position - 2, position) !== '\r\n')
          throw new Error('no CRLF behind a bulk');
        if (type === '!') return new ErrorReply(text);
        return type === '=' ? text.slice(4) : text;
      }
      case '%':
        return Array.from({ length: lengthOf(line) }, () => [read(), read()]);
      case '*':
      case '~':
      case '>': {
        const count = lengthOf(line);
        return count < 0 ? null : Array.from({ length: count }, read);
      }
      default:
        throw new Error(`a reply can't begin with ${JSON.stringify(type)}`);
    }
  };
  const reply = read();
  if (position !== bytes.length) throw new Error(`${bytes.length - position} bytes behind the reply`);
  return reply;
}

function lengthOf(line: string): number {
  if (!/^(-1|0|[1-9]\d*)$/.test(line)) throw new Error(`${JSON.stringify(line)} is no length`);
  return Number(line);
}
