/** What is said of a run that went wrong: what happened, with each command's client, place, times, reply and the right one. */
import { START_MS } from '../support/in-process-server.js';
import { type Recorded, show } from './history.js';
import type { Action, Plan } from './plan.js';
import type { Outcome } from './simulation.js';

export function report({ actions, seed, shards }: Plan, { failures, recorded }: Outcome): string {
  const lines = [`seed ${seed}, ${shards} shards`, ''];
  let sent = 0;
  for (const action of actions) {
    if (action.do === 'send') {
      const command = recorded[sent++];
      if (command !== undefined) lines.push(tell(command));
    } else {
      lines.push(tellAction(action));
    }
  }
  return [...lines, '', ...failures].join('\n');
}

function tellAction(action: Action): string {
  switch (action.do) {
    case 'deliver':
      return '  deliver a batch';
    case 'clock':
      return `  clock ${action.ms < 0 ? '' : '+'}${action.ms} ms`;
    case 'leave':
      return `  the client at place ${action.client} leaves`;
    default:
      return `  ${action.do}`;
  }
}

function tell({ client, expected, place, placed, reply, sentAtMs, words }: Recorded): string {
  const when = place === null ? 'no place' : `step ${place.sequence} at ${place.nowMs - START_MS} ms`;
  const right = placed === 0 ? 'nothing' : show(expected);
  return `  client ${client} at ${sentAtMs - START_MS} ms: ${words.join(' ').slice(0, 300)}   (${when}) -> ${show(reply)}; right: ${right}`;
}
