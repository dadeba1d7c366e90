/**
 * Random histories of several clients on the production classes, in one process, under a scheduler that delivers batches
 * in any order that keeps each channel FIFO; every reply and what is left at the end is held against a model that is one
 * Map a database. SEED=n repeats a run; `npm run simulate -- --seed n` shrinks it too.
 */
import t from 'tap';
import { runSeed } from '../support/random.js';
import { makePlan } from './plan.js';
import { report } from './report.js';
import { shrink } from './shrink.js';
import { simulate } from './simulation.js';

const SEEDS = 300;
const COMMANDS = 250;

const first = runSeed();
t.comment(`SEED=${first}`);

t.test('every reply is the one that the one order gives, and nothing is left over', async (t) => {
  let commands = 0;
  let answered = 0;
  let transactions = 0;
  for (let seed = first; seed < first + SEEDS; seed++) {
    const plan = makePlan(seed, { commands: COMMANDS });
    const outcome = simulate(plan);
    if (outcome.failures.length > 0) {
      const shrunk = shrink(plan);
      t.fail(report(shrunk.plan, shrunk.outcome));
      return;
    }
    commands += outcome.recorded.length;
    answered += outcome.recorded.filter(({ reply }) => reply !== undefined).length;
    transactions += outcome.recorded.filter(({ queued }) => queued !== null).length;
  }
  t.comment(`${commands} commands, ${answered} answered, ${transactions} transactions`);
  t.equal(commands, SEEDS * COMMANDS);
  t.ok(answered > commands * 0.8, 'most were answered');
  t.ok(transactions > SEEDS, 'and there were transactions');
});
