/**
 * The bystander as a process: the plan is its first argument, as JSON, and the latencies go to the file that is its
 * second, as doubles. Errors go to stderr, in one line.
 */
import { writeFileSync } from 'node:fs';
import { type BystanderPlan, runBystander } from './bystander.js';

const [plan, file] = process.argv.slice(2);
runBystander(JSON.parse(plan) as BystanderPlan).then(
  (latencies) => {
    writeFileSync(file, latencies);
    // Sockets that a failing server leaves open must not keep it.
    process.exit(0);
  },
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  },
);
