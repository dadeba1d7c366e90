/** Short histories, explained by search alone: those of the server can be, those of a server with a fault can not. */
import t from 'tap';
import { runSeed } from '../support/random.js';
import { judge } from './linearizability.js';
import { makePlan, type Plan } from './plan.js';
import { FAULTS, type PlantedFault } from './planted-faults.js';
import { report } from './report.js';
import { simulate } from './simulation.js';

const SEEDS = 200;
const COMMANDS = 16;
const FAULTY_SEEDS_MAX = 3000;

const first = runSeed();
t.comment(`SEED=${first}`);

const planOf = (seed: number, only?: readonly string[]): Plan => makePlan(seed, { commands: COMMANDS, only });

t.test('what clients see can be explained, whatever the router says of its order', async (t) => {
  const unexplained: string[] = [];
  let undecided = 0;
  for (let seed = first; seed < first + SEEDS; seed++) {
    const plan = planOf(seed);
    const outcome = simulate(plan);
    const verdict = judge(outcome.recorded, outcome.readings);
    if (verdict === 'not linearizable') unexplained.push(report(plan, outcome));
    if (verdict === 'too many orders') undecided++;
  }
  t.same(unexplained, []);
  t.ok(undecided < SEEDS / 20, `${undecided} of ${SEEDS} have too many orders to try`);
});

/** Faults that clients see in the replies alone, and soon. */
const VISIBLE = [
  'parts of two commands reach two shards in different orders',
  'a write to a claimed slot goes ahead between two hops',
  'a command of one hop fails on one shard only',
  'a later command overtakes one of its client that waits',
  'nobody who watches is told of a key removed',
];

for (const name of VISIBLE) {
  t.test(`nothing explains that ${name}`, async (t) => {
    const planted: PlantedFault = FAULTS[name];
    const fault = { ...planted, clientsOnly: true, goesOn: true };
    let seed = 1;
    for (; seed <= FAULTY_SEEDS_MAX; seed++) {
      const { readings, recorded } = simulate(planOf(seed, fault.only), fault);
      if (judge(recorded, readings) === 'not linearizable') break;
    }
    t.ok(seed <= FAULTY_SEEDS_MAX, `seed ${seed}`);
  });
}
