/**
 * Model: what a Redis is, as one Map a database and one command at a time. Written from Redis's documentation and
 * independent of the code under test. Time comes with every command. Invariant: no key outlives its deadline.
 */
import { ErrorReply, type Reply } from '../support/replies.js';

export interface Entry {
  value: string;
  expiresAtMs: number;
  /** What OBJECT ENCODING depends on: changed in place since it was set; kept as text whatever it spells. */
  isRaw: boolean;
  isText: boolean;
}

export const NEVER = Number.POSITIVE_INFINITY;
export const DATABASES = 16;

/** A reply that is right if it passes a test: where Redis leaves something open. */
export class Accepts {
  readonly told: string;
  readonly test: (reply: Reply) => boolean;
  constructor(told: string, test: (reply: Reply) => boolean) {
    this.told = told;
    this.test = test;
  }
}

export type Expected = Reply | Accepts | Expected[];

/** What a command of the registry is, as the model sees it. */
export interface ModelCommand {
  /** Bounds of the number of arguments, the name not counted. */
  readonly arity: readonly [least: number, most: number];
  readonly run: (call: ModelCall) => Expected;
}

export class Model {
  nowMs = 0;
  private readonly databases = Array.from({ length: DATABASES }, () => new Map<string, Entry>());
  /** How often the key of a database has changed, as WATCH sees it. */
  private readonly changes = new Map<string, number>();
  private readonly commands: ReadonlyMap<string, ModelCommand>;

  constructor(commands: ReadonlyMap<string, ModelCommand>) {
    this.commands = commands;
  }

  /** Runs a command on a database at an instant, not before that of the last one, and gives the right reply. */
  run(database: number, nowMs: number, [name, ...args]: readonly string[]): Expected {
    this.advance(nowMs);
    return this.commands.get(name)!.run(new ModelCall(this, database, args));
  }

  /** The error for a command that no transaction takes, undefined for one that can be run. */
  refusal([name, ...args]: readonly string[]): ErrorReply | undefined {
    const command = this.commands.get(name);
    if (command === undefined) {
      const told = args.map((arg) => `'${arg}' `).join('');
      return new ErrorReply(`ERR unknown command '${name}', with args beginning with: ${told}`.trim());
    }
    const [least, most] = command.arity;
    if (args.length >= least && args.length <= most) return undefined;
    return new ErrorReply(`ERR wrong number of arguments for '${name.toLowerCase()}' command`);
  }

  /** Lets time pass; keys behind their deadlines go, which changes them. */
  advance(nowMs: number): void {
    if (nowMs <= this.nowMs) return;
    this.nowMs = nowMs;
    this.databases.forEach((entries, index) => {
      for (const [key, { expiresAtMs }] of entries) {
        if (expiresAtMs >= nowMs) continue;
        entries.delete(key);
        this.touch(index, key);
      }
    });
  }

  entries(database: number): Map<string, Entry> {
    return this.databases[database];
  }

  swap(one: number, other: number): void {
    const { databases } = this;
    if (one === other) return;
    for (const key of [...databases[one].keys(), ...databases[other].keys()]) {
      this.touch(one, key);
      this.touch(other, key);
    }
    [databases[one], databases[other]] = [databases[other], databases[one]];
  }

  changesOf(database: number, key: string): number {
    return this.changes.get(`${database} ${key}`) ?? 0;
  }

  touch(database: number, key: string): void {
    this.changes.set(`${database} ${key}`, this.changesOf(database, key) + 1);
  }

  /** A model in the same state, for who tries several ways. */
  copy(): Model {
    const copy = new Model(this.commands);
    copy.nowMs = this.nowMs;
    this.databases.forEach((entries, index) => {
      for (const [key, entry] of entries) copy.databases[index].set(key, { ...entry });
    });
    for (const [key, count] of this.changes) copy.changes.set(key, count);
    return copy;
  }

  /** The state as a text that is the same for the same state. */
  fingerprint(): string {
    const databases = this.databases.map((entries) =>
      [...entries].map(([key, entry]) => `${key}=${Object.values(entry)}`).sort(),
    );
    return JSON.stringify([databases, [...this.changes].sort()]);
  }
}

/** One command on one database. */
export class ModelCall {
  readonly model: Model;
  readonly database: number;
  readonly args: readonly string[];
  readonly nowMs: number;

  constructor(model: Model, database: number, args: readonly string[]) {
    this.model = model;
    this.database = database;
    this.args = args;
    this.nowMs = model.nowMs;
  }

  /** The same command as seen from another database. */
  on(database: number): ModelCall {
    return new ModelCall(this.model, database, this.args);
  }

  get entries(): Map<string, Entry> {
    return this.model.entries(this.database);
  }

  get(key: string): Entry | undefined {
    return this.entries.get(key);
  }

  value(key: string): string | null {
    return this.get(key)?.value ?? null;
  }

  /** Sets a key to a new string. */
  put(key: string, value: string, expiresAtMs = NEVER, flags: Partial<Entry> = {}): void {
    this.model.touch(this.database, key);
    this.entries.set(key, { value, expiresAtMs, isRaw: false, isText: false, ...flags });
  }

  remove(key: string): boolean {
    if (!this.entries.delete(key)) return false;
    this.model.touch(this.database, key);
    return true;
  }

  /** Gives a key that is there a deadline; one that is not in the future removes it. */
  expire(key: string, atMs: number): void {
    if (atMs <= this.nowMs) {
      this.remove(key);
      return;
    }
    this.get(key)!.expiresAtMs = atMs;
    this.model.touch(this.database, key);
  }

  persist(key: string): boolean {
    const entry = this.get(key);
    if (entry === undefined || entry.expiresAtMs === NEVER) return false;
    entry.expiresAtMs = NEVER;
    this.model.touch(this.database, key);
    return true;
  }

  clear(): void {
    for (const key of [...this.entries.keys()]) this.remove(key);
  }
}

/** A client's state: its database, its transaction, what it watches. */
export class ModelClient {
  private database = 0;
  private queued: (readonly string[])[] | null = null;
  private failed = false;
  private watched: { readonly database: number; readonly key: string; readonly changes: number }[] = [];
  private readonly model: Model;

  constructor(model: Model) {
    this.model = model;
  }

  /**
   * The client's next command, at its place. EXEC of a transaction that is carried out returns its commands: each of
   * them is to be given to runQueued().
   */
  run(
    nowMs: number,
    words: readonly string[],
  ): Expected | { readonly queued: readonly (readonly string[])[] } {
    this.model.advance(nowMs);
    const refusal = this.model.refusal(words);
    if (refusal !== undefined) {
      if (this.queued !== null) this.failed = true;
      return refusal;
    }
    const { queued } = this;
    switch (words[0]) {
      case 'MULTI':
        if (queued !== null) return new ErrorReply('ERR MULTI calls can not be nested');
        this.queued = [];
        return 'OK';
      case 'DISCARD':
        if (queued === null) return new ErrorReply('ERR DISCARD without MULTI');
        this.endTransaction();
        return 'OK';
      case 'WATCH':
        if (queued !== null) return new ErrorReply('ERR WATCH inside MULTI is not allowed');
        for (const key of words.slice(1)) this.watch(key);
        return 'OK';
      case 'EXEC': {
        if (queued === null) return new ErrorReply('ERR EXEC without MULTI');
        const { failed } = this;
        const changed = this.watched.some(
          ({ changes, database, key }) => this.model.changesOf(database, key) !== changes,
        );
        this.endTransaction();
        if (failed) return new ErrorReply('EXECABORT Transaction discarded because of previous errors.');
        return changed ? null : { queued };
      }
    }
    if (queued === null) return this.runQueued(nowMs, words);
    queued.push(words);
    return 'QUEUED';
  }

  /** A command outside of a transaction, or of one that is carried out. */
  runQueued(nowMs: number, words: readonly string[]): Expected {
    switch (words[0]) {
      case 'SELECT':
        this.database = Number(words[1]);
        return 'OK';
      case 'UNWATCH':
        this.watched = [];
        return 'OK';
      default:
        return this.model.run(this.database, nowMs, words);
    }
  }

  /** A client in the same state, of a copy of the model. */
  copy(model: Model): ModelClient {
    const copy = new ModelClient(model);
    copy.database = this.database;
    copy.queued = this.queued === null ? null : [...this.queued];
    copy.failed = this.failed;
    copy.watched = [...this.watched];
    return copy;
  }

  /** The state as a text that is the same for the same state. */
  fingerprint(): string {
    return JSON.stringify([this.database, this.queued, this.failed, this.watched]);
  }

  private watch(key: string): void {
    const { database, model } = this;
    if (this.watched.some((one) => one.database === database && one.key === key)) return;
    this.watched.push({ database, key, changes: model.changesOf(database, key) });
  }

  private endTransaction(): void {
    this.queued = null;
    this.failed = false;
    this.watched = [];
  }
}

/** Whether a reply is what was expected. */
export function accepts(expected: Expected, reply: Reply): boolean {
  if (expected instanceof Accepts) return expected.test(reply);
  if (Array.isArray(expected)) {
    return (
      Array.isArray(reply) &&
      reply.length === expected.length &&
      expected.every((one, i) => accepts(one, reply[i]))
    );
  }
  if (expected instanceof ErrorReply)
    return reply instanceof ErrorReply && reply.text.trim() === expected.text;
  return expected === reply;
}
