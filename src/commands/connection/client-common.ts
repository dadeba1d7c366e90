/** What the subcommands of CLIENT have in common. Main thread. */
import type { Declaration } from '../command.js';

export const common: Pick<Declaration, 'group' | 'complexity' | 'flags' | 'categories'> = {
  group: 'connection',
  complexity: 'O(1)',
  flags: ['noscript', 'loading', 'stale'],
  categories: ['connection'],
};

/** Of those that look at other clients, or have a say over them. */
export const overOthers: typeof common = { ...common, flags: ['admin', 'noscript', 'loading', 'stale'] };

/** Redis's types of clients by the words for them. There are no replicas and no subscribers yet. */
export const CLIENT_TYPES: Readonly<Record<string, 'normal' | 'master' | 'replica' | 'pubsub'>> = {
  normal: 'normal',
  master: 'master',
  replica: 'replica',
  slave: 'replica',
  pubsub: 'pubsub',
};

/** The type that the word names, undefined if there is none of that name. */
export function clientType(word: string): string | undefined {
  const lower = word.toLowerCase();
  return Object.hasOwn(CLIENT_TYPES, lower) ? CLIENT_TYPES[lower] : undefined;
}

export function unknownType(shown: string): string {
  return `ERR Unknown client type '${shown}'`;
}
