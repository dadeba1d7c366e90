/**
 * StringModel: what a server with databases of expiring strings answers, as one Map a database and one command at a
 * time. It knows the commands that the simulation sends, nothing else, and says replies in their decoded form.
 */
import { ErrorReply, type Reply } from './replies.js';

interface Entry {
  value: string;
  expiresAtMs: number;
}

const NEVER = Number.POSITIVE_INFINITY;
/** A reply that is right whatever it says. */
export const ANYTHING = Symbol('anything');

export class StringModel {
  private readonly databases = new Map<number, Map<string, Entry>>();

  /** Runs a command at the instant `nowMs` and gives the reply that is right. */
  run(databaseIndex: number, nowMs: number, [name, ...args]: readonly string[]): Reply | typeof ANYTHING {
    const database = this.database(databaseIndex, nowMs);
    switch (name) {
      case 'GET':
        return database.get(args[0])?.value ?? null;
      case 'SET':
        return this.set(database, nowMs, args);
      case 'MSET':
        for (let i = 0; i < args.length; i += 2) {
          database.set(args[i], { value: args[i + 1], expiresAtMs: NEVER });
        }
        return 'OK';
      case 'MGET':
        return args.map((key) => database.get(key)?.value ?? null);
      case 'EXISTS':
        return args.filter((key) => database.has(key)).length;
      case 'DEL':
        return args.filter((key) => database.delete(key)).length;
      case 'PEXPIRE': {
        const entry = database.get(args[0]);
        if (entry === undefined) return 0;
        entry.expiresAtMs = nowMs + Number(args[1]);
        if (entry.expiresAtMs <= nowMs) database.delete(args[0]);
        return 1;
      }
      case 'PERSIST': {
        const entry = database.get(args[0]);
        if (entry === undefined || entry.expiresAtMs === NEVER) return 0;
        entry.expiresAtMs = NEVER;
        return 1;
      }
      case 'PTTL': {
        const entry = database.get(args[0]);
        if (entry === undefined) return -2;
        return entry.expiresAtMs === NEVER ? -1 : entry.expiresAtMs - nowMs;
      }
      case 'DBSIZE':
        // Counts keys that are due but not removed yet, as Redis does.
        return ANYTHING;
      case 'FLUSHALL':
        this.databases.clear();
        return 'OK';
      case 'FLUSHDB':
        database.clear();
        return 'OK';
      default:
        return new ErrorReply(`the model doesn't know ${name}`);
    }
  }

  /** Keys that are there at the instant `nowMs`. */
  size(databaseIndex: number, nowMs: number): number {
    return this.database(databaseIndex, nowMs).size;
  }

  /** SET key value [NX | XX] [GET] [PX ms | KEEPTTL]. */
  private set(database: Map<string, Entry>, nowMs: number, [key, value, ...options]: string[]): Reply {
    const old = database.get(key);
    const has = (option: string): boolean => options.includes(option);
    const refused = old === undefined ? has('XX') : has('NX');
    if (!refused) {
      const px = options.indexOf('PX');
      const kept = has('KEEPTTL') ? (old?.expiresAtMs ?? NEVER) : NEVER;
      database.set(key, { value, expiresAtMs: px < 0 ? kept : nowMs + Number(options[px + 1]) });
    }
    if (has('GET')) return old?.value ?? null;
    return refused ? null : 'OK';
  }

  private database(index: number, nowMs: number): Map<string, Entry> {
    let database = this.databases.get(index);
    if (database === undefined) {
      database = new Map();
      this.databases.set(index, database);
    }
    for (const [key, entry] of database) if (entry.expiresAtMs < nowMs) database.delete(key);
    return database;
  }
}
