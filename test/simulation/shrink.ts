/** Shrink: a plan that fails without what it does not need for that, found by leaving actions out (Zeller's ddmin). */
import type { Action, Plan } from './plan.js';
import { type Fault, type Outcome, simulate } from './simulation.js';

/** Runs at most; a plan of hundreds of actions needs some hundred. */
const RUNS_MAX = 4000;

export interface Shrunk {
  readonly plan: Plan;
  readonly outcome: Outcome;
}

export function shrink(plan: Plan, fault: Fault = {}): Shrunk {
  let best: Shrunk = { plan, outcome: simulate(plan, fault) };
  let runs = 0;
  let size = Math.ceil(plan.actions.length / 2);
  while (size >= 1 && runs < RUNS_MAX) {
    let found = false;
    for (let at = 0; at < best.plan.actions.length && runs < RUNS_MAX; runs++) {
      const actions: readonly Action[] = best.plan.actions.toSpliced(at, size);
      const smaller = { ...plan, actions };
      const outcome = simulate(smaller, fault);
      if (outcome.failures.length > 0) {
        best = { plan: smaller, outcome };
        found = true;
      } else {
        at += size;
      }
    }
    if (size === 1 && !found) break;
    size = size === 1 ? 1 : Math.ceil(size / 2);
  }
  return best;
}
