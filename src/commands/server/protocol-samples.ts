/** What DEBUG PROTOCOL replies: a value of each type of the protocol, as bytes, in either dialect. Both threads. */
import type { RespVersion } from '../../protocol/reply-writer.js';

const ATTRIBUTED = '$39\r\nSome real reply following the attribute\r\n';
const PUSHED = '$40\r\nSome real reply following the push reply\r\n';
const BIG = '1234567999999999999999999999999999999';
const VERBATIM = 'This is a verbatim\nstring';

const samples: Readonly<Record<string, Readonly<Record<RespVersion, string>>>> = {
  string: { 2: '$11\r\nHello World\r\n', 3: '$11\r\nHello World\r\n' },
  integer: { 2: ':12345\r\n', 3: ':12345\r\n' },
  double: { 2: '$5\r\n3.141\r\n', 3: ',3.141\r\n' },
  bignum: { 2: `$${BIG.length}\r\n${BIG}\r\n`, 3: `(${BIG}\r\n` },
  null: { 2: '$-1\r\n', 3: '_\r\n' },
  array: { 2: '*3\r\n:0\r\n:1\r\n:2\r\n', 3: '*3\r\n:0\r\n:1\r\n:2\r\n' },
  set: { 2: '*3\r\n:0\r\n:1\r\n:2\r\n', 3: '~3\r\n:0\r\n:1\r\n:2\r\n' },
  map: {
    2: '*6\r\n:0\r\n:0\r\n:1\r\n:1\r\n:2\r\n:0\r\n',
    3: '%3\r\n:0\r\n#f\r\n:1\r\n#t\r\n:2\r\n#f\r\n',
  },
  attrib: {
    2: ATTRIBUTED,
    3: `|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n${ATTRIBUTED}`,
  },
  push: {
    2: '-ERR RESP2 is not supported by this command\r\n',
    3: `>2\r\n$16\r\nserver-cpu-usage\r\n:42\r\n${PUSHED}`,
  },
  verbatim: {
    2: `$${VERBATIM.length}\r\n${VERBATIM}\r\n`,
    3: `=${VERBATIM.length + 4}\r\ntxt:${VERBATIM}\r\n`,
  },
  true: { 2: ':1\r\n', 3: '#t\r\n' },
  false: { 2: ':0\r\n', 3: '#f\r\n' },
};

/** The names of the types, in Redis's order. */
export const SAMPLES: readonly string[] = Object.keys(samples);

/** The reply for a type's name, undefined for a name that is none. */
export function protocolSample(type: string, resp: RespVersion): Buffer | undefined {
  if (!Object.hasOwn(samples, type)) return undefined;
  return Buffer.from(samples[type][resp], 'latin1');
}
