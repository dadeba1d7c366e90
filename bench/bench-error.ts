/** What a person can mend (a bad option, a server that doesn't start): shown as one line. All else is a bug. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
}
