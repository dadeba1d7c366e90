/**
 * The own generator as a process, so that its CPU time is nobody else's: the plan is its argument, as JSON, and the
 * result is what it prints, as JSON. Errors go to stderr, in one line.
 */
import { type LoadPlan, runLoad } from './generator.js';

runLoad(JSON.parse(process.argv[2]) as LoadPlan).then(
  (result) => process.stdout.write(`${JSON.stringify(result)}\n`),
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
