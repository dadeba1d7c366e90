/** Line: one requirement with what was measured, and the table of them. */

export type Unit = 'times' | 'ms' | 's' | 'keys';

export interface Line {
  readonly measure: string;
  readonly unit: Unit;
  /** null where it can't be measured; the note says why. */
  readonly measured: number | null;
  /** Whether `wanted` and `aim` are the least or the most it may be; without both it is told, not judged. */
  readonly bound: 'at least' | 'at most' | 'told';
  readonly wanted?: number;
  readonly aim?: number;
  readonly note: string;
}

export type Verdict = 'aim' | 'ok' | 'NOT' | '-';

export function judge({ measured, bound, wanted, aim }: Line): Verdict {
  if (bound === 'told' || wanted === undefined) return '-';
  // What can't be measured is not reached.
  if (measured === null) return 'NOT';
  const reaches = (limit: number) => (bound === 'at least' ? measured >= limit : measured <= limit);
  if (!reaches(wanted)) return 'NOT';
  return aim === undefined || !reaches(aim) ? 'ok' : 'aim';
}

export function formatLines(lines: readonly Line[]): string {
  const sign = { 'at least': '>= ', 'at most': '<= ', told: '' };
  const limit = ({ bound, unit }: Line, value: number | undefined) =>
    value === undefined ? '' : sign[bound] + figure(value, unit);
  const rows = lines.map((line) => [
    line.measure,
    limit(line, line.wanted),
    limit(line, line.aim),
    line.measured === null ? '-' : figure(line.measured, line.unit),
    judge(line),
    line.note,
  ]);
  const all = [['measure', 'wanted', 'aim', 'measured', '', ''], ...rows];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const table = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  );
  const missed = lines.filter((line) => judge(line) === 'NOT').length;
  const judged = lines.filter((line) => judge(line) !== '-').length;
  return [...table, '', `${judged - missed} of ${judged} reached`].join('\n');
}

function figure(value: number, unit: Unit): string {
  switch (unit) {
    case 'times':
      return value.toFixed(2);
    case 'ms':
      return `${value.toFixed(1)} ms`;
    case 's':
      return `${value.toFixed(2)} s`;
    case 'keys':
      return Math.round(value).toLocaleString('en-US');
  }
}
