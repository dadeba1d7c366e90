/** Results as a table for people. Columns that have nothing to show are left out. */
import type { RowResult } from './results.js';

interface Column {
  readonly heading: string;
  /** null where there is nothing to show. */
  readonly cell: (row: RowResult) => string | null;
}

/** @param shards how many columns there are for them */
export function formatTable(rows: readonly RowResult[], shards: number): string {
  const columns = columnsFor(shards)
    .map(({ heading, cell }) => ({ heading, cells: rows.map(cell) }))
    .filter(({ cells }) => cells.some((cell) => cell !== null));
  const widths = columns.map(({ heading, cells }) =>
    Math.max(heading.length, ...cells.map((cell) => cell?.length ?? 1)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd();
  return [
    line(columns.map(({ heading }) => heading)),
    ...rows.map((_, i) => line(columns.map(({ cells }) => cells[i] ?? '-'))),
    ...notes(rows),
  ].join('\n');
}

function columnsFor(shards: number): Column[] {
  return [
    { heading: 'test', cell: ({ test }) => test },
    { heading: 'pipeline', cell: ({ pipeline }) => String(pipeline) },
    { heading: 'sherd/s', cell: ({ sherd }) => rate(sherd.requestsPerSecond.median) },
    { heading: 'redis/s', cell: ({ redis }) => redis && rate(redis.requestsPerSecond.median) },
    {
      heading: 'ratio [quartiles]',
      cell: ({ ratio }) =>
        ratio && `${ratio.median.toFixed(2)} [${ratio.q1.toFixed(2)}-${ratio.q3.toFixed(2)}]`,
    },
    { heading: 'main µs', cell: ({ sherd }) => micros(sherd.cpuMicrosPerCommand?.main) },
    ...Array.from({ length: shards }, (_, shard) => ({
      heading: `shard ${shard} µs`,
      cell: ({ sherd }: RowResult) => micros(sherd.cpuMicrosPerCommand?.shards[shard]),
    })),
    { heading: 'other µs', cell: ({ sherd }) => micros(sherd.cpuMicrosPerCommand?.other) },
    { heading: 'redis µs', cell: ({ redis }) => micros(redis?.cpuMicrosPerCommand?.total) },
    { heading: 'bound', cell: ({ bound }) => bound?.thread ?? null },
    { heading: 'allows/s', cell: ({ bound }) => bound && rate(bound.requestsPerSecond) },
    {
      heading: 'client',
      cell: ({ clientShare, clientBound }) =>
        clientShare === null ? null : `${Math.round(clientShare * 100)}%${clientBound ? '*' : ' '}`,
    },
  ];
}

function notes(rows: readonly RowResult[]): string[] {
  const texts = ['', '/s: requests per second, median of the rounds.'];
  if (rows.some(({ ratio }) => ratio !== null)) texts.push('ratio: sherd/s over redis/s, round by round.');
  if (rows.some(({ sherd }) => sherd.cpuMicrosPerCommand !== null)) {
    texts.push("µs: CPU time per command, median of the rounds; other: V8's and libuv's threads in Sherd.");
  }
  if (rows.some(({ bound }) => bound !== null)) {
    texts.push("bound: Sherd's thread with the most µs; allows/s: its rate with a core to itself.");
  }
  if (rows.some(({ clientBound }) => clientBound)) {
    texts.push('*: the client used more than 90% of a core, and may be what limited the servers.');
  }
  return texts;
}

function rate(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function micros(value: number | undefined): string | null {
  return value === undefined ? null : value.toFixed(2);
}
