/** The engine benchmark, `npm run bench -- engine`: what the shard engine must reach, each figure beside what is wanted. */
import { checkWritable, circumstances, publish, workDirectory } from '../bench-process.js';
import { Progress } from '../load/progress.js';
import { findTools } from '../load/tools.js';
import { expiry } from './expiry.js';
import { large } from './large.js';
import { formatLines, judge, type Line } from './line.js';
import { memory } from './memory.js';
import { engineHelp, parseEngineOptions } from './options.js';
import { throughput } from './throughput.js';
import { turns } from './turns.js';

const parts = { throughput, memory, turns, expiry, large } as const;

export async function main(args: readonly string[]): Promise<void> {
  const options = parseEngineOptions(args, parts);
  if (options === 'help') {
    process.stdout.write(`${engineHelp(parts)}\n`);
    return;
  }
  checkWritable(options.json);
  const tools = findTools(undefined);
  const startedAt = new Date().toISOString();
  const progress = new Progress(process.stderr);
  const patience = Math.min(1, Math.max(0.1, options.scale * 10));
  const context = { ...options, patience, tools, directory: workDirectory(), progress };
  const lines: Line[] = [];
  for (const part of options.only) {
    progress.line(`${part}: ${parts[part].summary}`);
    lines.push(...(await parts[part].run(context)));
  }
  publish(formatLines(lines), options.json, {
    ...circumstances(options, tools, startedAt),
    scale: options.scale,
    lines: lines.map((line) => ({ ...line, verdict: judge(line) })),
  });
}
