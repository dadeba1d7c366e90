/**
 * client-output-buffer-limit: a hard limit, a soft one and its seconds for each class of clients, said class by class.
 * Main thread. What normal clients do not read is not limited yet, so nothing but no limit is accepted for them; of the
 * other classes there are no clients.
 */
import { parseMemory } from './memory-text.js';

const CLASSES = ['normal', 'slave', 'pubsub'] as const;
const UNLIMITED = '0 0 0';

export const STANDARD = 'normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60';

type Merged = { value: string } | { refusal: string };

/** The limits of `before` with those of the words in place of theirs, or Redis's words for what is wrong with them. */
export function mergeLimits(words: readonly string[], before: string): Merged {
  if (words.length % 4 !== 0) {
    return { refusal: 'Wrong number of arguments in buffer limit configuration.' };
  }
  const limits = limitsIn(before === '' ? STANDARD : before);
  for (let i = 0; i < words.length; i += 4) {
    const lower = words[i].toLowerCase();
    const name = lower === 'replica' ? 'slave' : lower;
    if (!CLASSES.some((one) => one === name)) {
      return { refusal: 'Invalid client class specified in buffer limit configuration.' };
    }
    const [hard, soft] = [parseMemory(words[i + 1]), parseMemory(words[i + 2])];
    const seconds = /^\d{1,9}$/.test(words[i + 3]) ? Number(words[i + 3]) : undefined;
    if (hard === undefined || soft === undefined || seconds === undefined) {
      return { refusal: 'Error in hard, soft or soft_seconds setting in buffer limit configuration.' };
    }
    limits.set(name, `${hard} ${soft} ${seconds}`);
  }
  return { value: CLASSES.map((name) => `${name} ${limits.get(name)}`).join(' ') };
}

export function refuseLimits(text: string): string | null {
  return limitsIn(text).get('normal') === UNLIMITED
    ? null
    : 'this version does not limit what normal clients do not read';
}

function limitsIn(text: string): Map<string, string> {
  const words = text.split(' ');
  const limits = new Map<string, string>();
  for (let i = 0; i + 3 < words.length; i += 4) limits.set(words[i], words.slice(i + 1, i + 4).join(' '));
  return limits;
}
