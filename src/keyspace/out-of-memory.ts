/** OutOfMemory: what is thrown on a shard where there is no memory for a value. */

/** Neither memory nor a slab number is left. Nothing has been changed by what was tried. */
export class OutOfMemory extends Error {
  /** What to reply. */
  readonly reply = 'OOM no memory is left for this value';
}
