/**
 * The spike, `npm run bench -- spike`: what it costs a shard to read another shard's data synchronously, in the middle
 * of a call (DESIGN 9), by the ways that peer.ts explains; and two that do so to each other at the same time.
 */
import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import { newLane } from '../../shard/channel.js';
import { BenchError } from '../bench-error.js';
import { checkWritable, machine, publish } from '../bench-process.js';
import { CommandLine, helpText, optionRows } from '../command-line.js';
import { Progress } from '../load/progress.js';
import { quantile } from '../load/statistics.js';
import type { CallKind, PeerKind, SpikeData, SpikeOrder, SpikeResult } from './spike-worker.js';

const CALLS = 20_000;
const WARM_UP_PART = 0.25;
/** A call that takes longer than this waits for ever. */
const CALL_MS_MAX = 50;

const table = {
  calls: { shape: 'N', summary: `calls of each kind (${CALLS})` },
  json: { shape: 'FILE|-', summary: 'write the results as JSON, - for standard output' },
} as const;

interface Kind {
  readonly name: string;
  readonly peer: PeerKind;
  readonly how: CallKind;
  /** Both threads call each other at the same time. */
  readonly mutual: boolean;
}

const kinds: readonly Kind[] = [
  { name: 'port, asynchronous', peer: 'port', how: 'asynchronous', mutual: false },
  { name: 'port, synchronous', peer: 'port', how: 'synchronous', mutual: false },
  { name: 'port, synchronous, both at once', peer: 'port', how: 'synchronous', mutual: true },
  { name: 'channel, synchronous', peer: 'channel', how: 'synchronous', mutual: false },
  { name: 'channel, synchronous, both at once', peer: 'channel', how: 'synchronous', mutual: true },
];

interface KindResult {
  readonly kind: string;
  readonly calls: number;
  readonly medianMicros: number;
  readonly p99Micros: number;
}

export async function main(args: readonly string[]): Promise<void> {
  const line = CommandLine.read(table, args);
  if (line === 'help') {
    process.stdout.write(
      `${helpText('Measures synchronous reads between two threads. Usage: npm run bench -- spike [--name value ...]', { Options: optionRows(table) })}\n`,
    );
    return;
  }
  if (line.positionals.length > 0)
    throw new BenchError(`'${line.positionals[0]}': the spike has options only`);
  const json = line.text('json');
  const calls = line.integer('calls', 10_000_000) ?? CALLS;
  checkWritable(json);
  const progress = new Progress(process.stderr);
  const results: KindResult[] = [];
  for (const kind of kinds) {
    progress.line(`${kind.name}, ${calls} calls`);
    results.push(await measure(kind, calls));
  }
  publish(formatResults(results), json, { machine: machine(), node: process.version, results });
}

async function measure({ name, peer, how, mutual }: Kind, calls: number): Promise<KindResult> {
  const threads = await startThreads(peer);
  try {
    const callers = mutual ? threads : threads.slice(0, 1);
    const all = async (count: number) => {
      const order: SpikeOrder = { calls: count, how };
      const answers = callers.map((thread) => answerOf(thread, count));
      for (const thread of callers) thread.postMessage(order);
      return (await Promise.all(answers)).flatMap((micros) => [...micros]);
    };
    await all(Math.ceil(calls * WARM_UP_PART));
    const micros = await all(calls);
    return {
      kind: name,
      calls: micros.length,
      medianMicros: quantile(micros, 0.5),
      p99Micros: quantile(micros, 0.99),
    };
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}

async function startThreads(kind: PeerKind): Promise<Worker[]> {
  const { port1, port2 } = new MessageChannel();
  const [forth, back] = [newLane(), newLane()];
  const [first, second] = [new SharedArrayBuffer(4), new SharedArrayBuffer(4)];
  const data: SpikeData[] = [
    { kind, port: port1, outgoing: forth, incoming: back, mine: first, theirs: second },
    { kind, port: port2, outgoing: back, incoming: forth, mine: second, theirs: first },
  ];
  return Promise.all(
    data.map(async (workerData) => {
      const url = new URL('./spike-worker.js', import.meta.url);
      const thread = new Worker(url, { workerData, transferList: [workerData.port] });
      await once(thread, 'message');
      return thread;
    }),
  );
}

/** @throws BenchError if the calls don't come to an end */
async function answerOf(thread: Worker, calls: number): Promise<SpikeResult> {
  const signal = AbortSignal.timeout(1000 + calls * CALL_MS_MAX);
  try {
    const [result] = (await once(thread, 'message', { signal })) as [SpikeResult];
    return result;
  } catch (error) {
    if (signal.aborted) throw new BenchError(`${calls} calls have not come to an end`);
    throw error;
  }
}

function formatResults(results: readonly KindResult[]): string {
  const all = [
    ['call', 'median µs', 'p99 µs'],
    ...results.map(({ kind, medianMicros, p99Micros }) => [
      kind,
      medianMicros.toFixed(1),
      p99Micros.toFixed(1),
    ]),
  ];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  return all
    .map(([name, ...cells]) =>
      [name.padEnd(widths[0]), ...cells.map((cell, i) => cell.padStart(widths[i + 1]))].join('  '),
    )
    .join('\n');
}
