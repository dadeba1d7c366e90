/**
 * The simulation finds what it is for: each planted fault by the clients' replies and what is left at the end alone,
 * within some seeds, and always the same way.
 */
import t from 'tap';
import { makePlan, type Plan } from './plan.js';
import { FAULTS, type PlantedFault } from './planted-faults.js';
import { report } from './report.js';
import { shrink } from './shrink.js';
import { simulate } from './simulation.js';

const SEEDS_MAX = 400;
const COMMANDS = 200;

const planOf = (seed: number, { only }: PlantedFault): Plan => makePlan(seed, { commands: COMMANDS, only });

/** The first seed that finds the fault. */
function firstFound(fault: PlantedFault): number | undefined {
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    // A batch that is held back at the very end is no finding.
    if (simulate(planOf(seed, fault), fault).failures.some((one) => !one.endsWith('never answered')))
      return seed;
  }
  return undefined;
}

for (const [name, planted] of Object.entries(FAULTS)) {
  t.test(name, async (t) => {
    const fault = { ...planted, clientsOnly: true };
    const seed = firstFound(fault);
    t.ok(seed !== undefined, `found within ${SEEDS_MAX} seeds`);
    if (seed === undefined) return;
    const { failures } = simulate(planOf(seed, fault), fault);
    t.comment(`seed ${seed}: ${failures.join('; ').slice(0, 200)}`);
    t.same(simulate(planOf(seed, fault), fault).failures, failures, 'it fails the same way again');
    t.same(simulate(planOf(seed, fault)).failures, [], 'and not without the fault');
  });
}

t.test('a wrong order is seen on the way to the shards too', async (t) => {
  const fault = FAULTS['parts of two commands reach two shards in different orders'];
  const found = Array.from({ length: 20 }, (_, seed) => simulate(planOf(seed, fault), fault).failures).flat();
  t.match(found.join('\n'), /step \d+ came behind step \d+/);
});

t.test('what fails is shrunk to what it needs for that', async (t) => {
  const fault = FAULTS['a write to a claimed slot goes ahead between two hops'];
  const plan = planOf(firstFound(fault)!, fault);
  const shrunk = shrink(plan, fault);
  t.ok(shrunk.outcome.failures.length > 0);
  t.ok(
    shrunk.plan.actions.length < plan.actions.length / 5,
    `${shrunk.plan.actions.length} of ${plan.actions.length} actions`,
  );
  const text = report(shrunk.plan, shrunk.outcome);
  t.match(text, /client \d+ at \d+ ms: .* \(step \d+ at \d+ ms\) -> .*; right: /);
  t.comment(text);
});
