/**
 * Peer: one of two threads that read each other's data in the middle of their own work, DESIGN 9's question. A read is
 * synchronous: the thread sleeps until the answer is there. While it sleeps it answers the other one, so two that read
 * from each other at once don't wait for ever; and a thread that has nothing to do is in its event loop, where it
 * answers as well. Invariant: answering never reads from the other one, so it ends.
 */
export interface Peer {
  /** The value that the other one has for `key`, by a synchronous call. */
  read(key: number): number;
  /** The same by messages, for comparison, where there is such a way. */
  readAsync?(key: number): Promise<number>;
  /** The thread goes back to its event loop after it has called read(). */
  rest(): void;
}

/** What one of them has. */
export function contentOf(key: number): number {
  return (key * 31 + 7) | 0;
}
