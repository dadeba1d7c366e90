/** What clients may send, and what a parser must make of it; the parser's tests and the comparison with Redis use them. */

export interface Conversation {
  readonly name: string;
  /** latin1. */
  readonly input: string;
  readonly commands: string[][];
  readonly error?: string;
}

export const protocolError = (what: string): string => `ERR Protocol error: ${what}`;

/** A bulk length that begins with any byte but a digit, and NUL, which hides the line's end. */
const badLengths = Array.from({ length: 255 }, (_, i) => String.fromCharCode(i + 1))
  .filter((first) => !/\d/.test(first))
  .map((first) => ({
    name: `a bulk length that begins with byte ${first.charCodeAt(0)}`,
    input: `*1\r\n$${first}\r\n0123456789\r\n*1\r\n$4\r\nPING\r\n`,
    commands: [],
    error: protocolError('invalid bulk length'),
  }));

export const conversations: Conversation[] = [
  ...badLengths,
  { name: 'nothing', input: '', commands: [] },
  { name: 'one command', input: '*2\r\n$3\r\nGET\r\n$1\r\nk\r\n', commands: [['GET', 'k']] },
  {
    name: 'pipelined commands, binary and empty arguments',
    input: '*3\r\n$3\r\nSET\r\n$0\r\n\r\n$4\r\n\r\n\0\xff\r\n*1\r\n$4\r\nPING\r\n*1\r\n$0\r\n\r\n',
    commands: [['SET', '', '\r\n\0\xff'], ['PING'], ['']],
  },
  {
    name: 'an argument with requests in it',
    input: '*2\r\n$4\r\nECHO\r\n$14\r\n*1\r\n$4\r\nPING\r\n\r\nPING\r\n',
    commands: [['ECHO', '*1\r\n$4\r\nPING\r\n'], ['PING']],
  },
  { name: 'half a command', input: '*2\r\n$3\r\nGET\r\n$3\r\nab', commands: [] },
  { name: 'inline, LF', input: 'PING\n', commands: [['PING']] },
  {
    name: 'inline, CRLF',
    input: 'SET a b\r\nGET a\r\n',
    commands: [
      ['SET', 'a', 'b'],
      ['GET', 'a'],
    ],
  },
  { name: 'inline, an unfinished line', input: 'PING\r\nGET a', commands: [['PING']] },
  { name: 'inline, a lone CR is a blank', input: 'GET\ra\n', commands: [['GET', 'a']] },
  { name: 'inline, blanks around and between', input: ' \t GET \t  a \v\f \r\n', commands: [['GET', 'a']] },
  {
    name: 'inline, quotes',
    input: 'SET "a b" \'c d\'\nSET "" \'\'\nSET a"b" c\n',
    commands: [
      ['SET', 'a b', 'c d'],
      ['SET', '', ''],
      ['SET', 'ab', 'c'],
    ],
  },
  {
    name: 'inline, escapes',
    input: 'SET "\\n\\r\\t\\b\\a" "\\x41\\xfF\\x4" \'it\\\'s \\n\' "\\"\\\\\\q"\r\n',
    commands: [['SET', '\n\r\t\b\x07', 'A\xffx4', "it's \\n", '"\\q']],
  },
  { name: 'inline, backslashes outside quotes', input: 'GET a\\nb\\\r\n', commands: [['GET', 'a\\nb\\']] },
  { name: 'inline, bytes above 127', input: 'GET \xe4\xff\n', commands: [['GET', '\xe4\xff']] },
  { name: 'empty lines', input: '\r\n\n\n  \r\n"\r', commands: [] },
  { name: 'empty lines between', input: '\r\nPING\r\n\n\nPING\n\r\n', commands: [['PING'], ['PING']] },
  {
    name: 'no elements',
    input: '*0\r\n*-1\r\n*-10\r\n*-9223372036854775808\r\n*1\r\n$4\r\nPING\r\n*0\r\n',
    commands: [['PING']],
  },
  {
    name: 'both kinds mixed',
    input: 'PING\r\n*1\r\n$4\r\nPING\r\n\nGET "*1"\n*2\r\n$3\r\nGET\r\n$1\r\n\n\r\nPING\n',
    commands: [['PING'], ['PING'], ['GET', '*1'], ['GET', '\n'], ['PING']],
  },
  {
    name: 'a header line ends with CR and any byte, as in Redis',
    input: '*1\rx$4\ryPINGab*1\r\r$4\r\nPING\r\n',
    commands: [['PING'], ['PING']],
  },
  { name: 'no array length', input: '*\r\n', commands: [], error: protocolError('invalid multibulk length') },
  {
    name: 'a bad array length',
    input: '*3x\r\n',
    commands: [],
    error: protocolError('invalid multibulk length'),
  },
  { name: 'a plus', input: '*+1\r\n', commands: [], error: protocolError('invalid multibulk length') },
  {
    name: 'a leading zero',
    input: '*01\r\n',
    commands: [],
    error: protocolError('invalid multibulk length'),
  },
  { name: 'a blank', input: '* 1\r\n', commands: [], error: protocolError('invalid multibulk length') },
  { name: 'minus nothing', input: '*-\r\n', commands: [], error: protocolError('invalid multibulk length') },
  {
    name: 'an array length above 31 bits',
    input: 'PING\n*2147483648\r\n',
    commands: [['PING']],
    error: protocolError('invalid multibulk length'),
  },
  { name: 'the largest array length', input: '*2147483647\r\n$1\r\n', commands: [] },
  {
    name: 'an array length above 64 bits',
    input: '*9223372036854775808\r\n',
    commands: [],
    error: protocolError('invalid multibulk length'),
  },
  {
    name: 'an array length of 40 digits',
    input: `*${'1'.repeat(40)}\r\n`,
    commands: [],
    error: protocolError('invalid multibulk length'),
  },
  {
    name: 'a bulk length that is no number',
    input: '*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$a\r\n',
    commands: [['PING']],
    error: protocolError('invalid bulk length'),
  },
  { name: 'no bulk length', input: '*1\r\n$\r\n', commands: [], error: protocolError('invalid bulk length') },
  {
    name: 'a bulk length of -1',
    input: '*1\r\n$-1\r\n',
    commands: [],
    error: protocolError('invalid bulk length'),
  },
  {
    name: 'a bulk length above the limit',
    input: '*1\r\n$536870913\r\n',
    commands: [],
    error: protocolError('invalid bulk length'),
  },
  { name: 'a bulk length at the limit', input: '*1\r\n$536870912\r\nx', commands: [] },
  {
    name: 'no bulk where one must be',
    input: '*1\r\nPING\r\n',
    commands: [],
    error: protocolError("expected '$', got 'P'"),
  },
  {
    name: 'an array in an array',
    input: '*1\r\n*1\r\n',
    commands: [],
    error: protocolError("expected '$', got '*'"),
  },
  {
    name: 'an empty header line',
    input: '*1\r\n\r\n',
    commands: [],
    error: protocolError("expected '$', got '\r'"),
  },
  {
    name: 'an integer for a bulk, behind a command',
    input: 'PING\r\n*2\r\n$3\r\nGET\r\n:1\r\n',
    commands: [['PING']],
    error: protocolError("expected '$', got ':'"),
  },
  {
    name: 'an open double quote',
    input: 'PING\nSET "a b\r\n',
    commands: [['PING']],
    error: protocolError('unbalanced quotes in request'),
  },
  {
    name: 'an open single quote',
    input: "SET 'a b\n",
    commands: [],
    error: protocolError('unbalanced quotes in request'),
  },
  {
    name: 'text behind a quote',
    input: 'SET "a"b\n',
    commands: [],
    error: protocolError('unbalanced quotes in request'),
  },
  {
    name: 'an escaped closing quote',
    input: 'SET "a\\"\n',
    commands: [],
    error: protocolError('unbalanced quotes in request'),
  },
  { name: 'a NUL hides the end of an array header', input: '*1\0\r\n$4\r\nPING\r\n', commands: [] },
  { name: 'a NUL hides the end of a bulk header', input: '*1\r\n$4\0\r\nPING\r\n*1\r\n', commands: [] },
  { name: 'a NUL hides the end of an inline request', input: 'PI\0NG\r\nPING\r\n', commands: [] },
  {
    name: 'a NUL behind the CR of a header hides nothing',
    input: '*1\r\0$4\r\nPING\r\n',
    commands: [['PING']],
  },
];
