/**
 * Watches: which clients want to know whether a key changes, for WATCH, and for which of them one has. Shard thread.
 *
 * A database with watched keys tells its KeyWatches of every change; one without has none to tell, which costs a
 * compare. That a key expires is a change too.
 */
import { Argv } from '../protocol/argv.js';

/** A client with watched keys. */
interface Watcher {
  readonly keys: WatchedKey[];
  changed: boolean;
}

/** One key of one database; `watchers` are the clients that watch it. */
interface WatchedKey {
  readonly databaseIndex: number;
  /** The key as argument 1, and as a string of one character a byte. */
  readonly argv: Argv;
  readonly text: string;
  readonly watchers: Set<Watcher>;
}

/** The watched keys of one database. */
export class KeyWatches {
  private readonly keys = new Map<string, WatchedKey>();

  /** The key in bytes [start, start + length) has changed. */
  touch(source: Buffer, start: number, length: number): void {
    markChanged(this.keys.get(source.toString('latin1', start, start + length)));
  }

  /** Every watched key that `hasChanged` has changed. */
  touchWhere(hasChanged: (key: Argv) => boolean): void {
    for (const key of [...this.keys.values()]) if (hasChanged(key.argv)) markChanged(key);
  }

  /** The watched key that is argument `at`, new if nobody watches it yet. */
  open(databaseIndex: number, argv: Argv, at: number): WatchedKey {
    const piece = argv.piece(at);
    const text = piece.bytes.toString('latin1', piece.start, piece.end);
    let key = this.keys.get(text);
    if (key === undefined) {
      key = { databaseIndex, argv: Argv.of([piece]), text, watchers: new Set() };
      this.keys.set(text, key);
    }
    return key;
  }

  /** Nobody watches the key any more. */
  close({ text }: WatchedKey): void {
    this.keys.delete(text);
  }

  get empty(): boolean {
    return this.keys.size === 0;
  }
}

function markChanged(key: WatchedKey | undefined): void {
  if (key !== undefined) for (const watcher of key.watchers) watcher.changed = true;
}

/** The watches on one shard. */
export class Watches {
  /** By database, where there are any. */
  private readonly databases = new Map<number, KeyWatches>();
  /** By the client's id. */
  private readonly watchers = new Map<string, Watcher>();

  /** The watches on a database, null for none. */
  on(databaseIndex: number): KeyWatches | null {
    return this.databases.get(databaseIndex) ?? null;
  }

  add(client: string, databaseIndex: number, argv: Argv, at: number): void {
    let watcher = this.watchers.get(client);
    if (watcher === undefined) {
      watcher = { keys: [], changed: false };
      this.watchers.set(client, watcher);
    }
    let keys = this.databases.get(databaseIndex);
    if (keys === undefined) {
      keys = new KeyWatches();
      this.databases.set(databaseIndex, keys);
    }
    const key = keys.open(databaseIndex, argv, at);
    if (key.watchers.has(watcher)) return;
    key.watchers.add(watcher);
    watcher.keys.push(key);
  }

  /**
   * Ends a client's watches; `look` is called with every key of them before.
   * @returns whether none has changed
   */
  end(client: string, look: (databaseIndex: number, key: Argv) => void): boolean {
    const watcher = this.watchers.get(client);
    if (watcher === undefined) return true;
    this.watchers.delete(client);
    for (const { argv, databaseIndex } of watcher.keys) look(databaseIndex, argv);
    for (const key of watcher.keys) {
      key.watchers.delete(watcher);
      if (key.watchers.size > 0) continue;
      const keys = this.databases.get(key.databaseIndex)!;
      keys.close(key);
      if (keys.empty) this.databases.delete(key.databaseIndex);
    }
    return !watcher.changed;
  }

  /** Databases with watched keys. */
  get inUse(): readonly number[] {
    return [...this.databases.keys()];
  }
}
