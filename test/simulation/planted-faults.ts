/** Planted faults: bugs that the server must not have, put into a running one from outside, for the simulation to find. */
import type { ShardRun } from '../../src/commands/command.js';
import type { CommandTable } from '../../src/commands/table.js';
import { Database } from '../../src/keyspace/database.js';
import { Keyspace } from '../../src/keyspace/keyspace.js';
import { Hop } from '../../src/router/hop.js';
import type { SlotLocks } from '../../src/router/slot-locks.js';
import type { Batch, BatchPort } from '../../src/shard/batch.js';
import type { InProcessServer } from '../support/in-process-server.js';
import type { Random } from '../support/random.js';
import type { Fault } from './simulation.js';

/** A port that now and then delivers two batches in the wrong order. */
function reordering(random: Random) {
  return (port: BatchPort): BatchPort => {
    let delayed: Batch | undefined;
    return {
      take: (bytes) => port.take(bytes),
      discard: (batch) => port.discard(batch),
      release: (batch) => port.release(batch),
      post(batch) {
        if (delayed === undefined && random.chance(0.3)) {
          delayed = batch;
          return;
        }
        port.post(batch);
        if (delayed !== undefined) port.post(delayed);
        delayed = undefined;
      },
    };
  };
}

const locksOf = ({ router }: InProcessServer): SlotLocks => Reflect.get(router, 'locks');

type Method = (...args: unknown[]) => unknown;

/** Puts another method in the place of a class's; returns what undoes it. */
function replaceMethod(
  prototype: object,
  name: string,
  make: (original: Method) => (this: object, ...args: unknown[]) => unknown,
): () => void {
  const original: Method = Reflect.get(prototype, name);
  Reflect.set(prototype, name, make(original));
  return () => Reflect.set(prototype, name, original);
}

/** Changes of a database that nobody is told of who watches its keys. `only`: commands that make them. */
function unwatched(method: keyof Database, ...only: string[]): PlantedFault {
  return {
    only,
    plant: () =>
      replaceMethod(
        Database.prototype,
        method,
        (original) =>
          function (...args) {
            const { watches } = this as Database;
            (this as Database).watches = null;
            const result = original.apply(this, args);
            (this as Database).watches = watches;
            return result;
          },
      ),
  };
}

/** The same for changes of whole databases. */
const unwatchedWholes: PlantedFault = {
  only: ['MSET', 'FLUSHALL', 'SWAPDB', 'SELECT'],
  plant: () => replaceMethod(Keyspace.prototype, 'touchWatched', () => () => {}),
};

export interface PlantedFault extends Fault {
  /** The commands that it takes to find it soon; without, all. */
  readonly only?: readonly string[];
}

export const FAULTS: Readonly<Record<string, PlantedFault>> = {
  'parts of two commands reach two shards in different orders': { wrapPort: reordering },
  'a write to a claimed slot goes ahead between two hops': {
    plant(server) {
      locksOf(server).isTaken = () => false;
      return undefined;
    },
  },
  "a shard's clock is its own": {
    plant({ clock, shards }) {
      for (const { keyspace } of shards) {
        keyspace.advanceClock = () => {
          keyspace.clock.nowMs = Math.max(keyspace.clock.nowMs, clock.atMs);
        };
      }
      return undefined;
    },
  },
  'the clock is followed when it goes back': {
    plant({ clock, router }) {
      const stamp: { nowMs: number } = Reflect.get(router, 'stamp');
      router.currentMs = () => {
        if (!Reflect.get(router, 'inEpoch')) stamp.nowMs = clock.nowMs();
        return stamp.nowMs;
      };
      return undefined;
    },
  },
  'a command of one hop fails on one shard only': {
    only: ['MSET', 'MGET', 'DEL'],
    plant({ shards: [shard] }) {
      const table: CommandTable = Reflect.get(shard, 'table');
      const runs = table.find('mset')!.shardRuns as ShardRun[];
      const [original] = runs;
      let calls = 0;
      runs[0] = (call) => {
        if (++calls % 3 === 0) call.reply.error('OOM command not allowed');
        else original(call);
      };
      return undefined;
    },
  },
  'a later command overtakes one of its client that waits': {
    plant({ router }) {
      const submit = router.submit.bind(router);
      router.submit = (...args) => {
        submit(...args);
        return null;
      };
      return undefined;
    },
  },
  'what the first hop found is used after its key has expired': {
    plant: () =>
      replaceMethod(
        Hop.prototype,
        'takeTimes',
        (original) =>
          function (...args) {
            original.apply(this, args);
            return Number.POSITIVE_INFINITY;
          },
      ),
  },
  'nobody who watches is told of a new deadline': unwatched('setExpiresAt', 'SET', 'GETEX', 'PEXPIRE'),
  'nobody who watches is told of a deadline taken away': unwatched('persist', 'PSETEX', 'PERSIST', 'GETEX'),
  'nobody who watches is told of a key removed': unwatched('delete', 'SET', 'DEL', 'GETDEL'),
  'nobody who watches is told of a key moved in': unwatched('adopt', 'SET', 'MOVE', 'SELECT'),
  'nobody who watches is told of a string changed in place': unwatched(
    'resizeString',
    'SET',
    'APPEND',
    'SETRANGE',
  ),
  'nobody who watches is told of FLUSHALL and SWAPDB': unwatchedWholes,
  'a shard runs a transaction though a watched key has changed': {
    only: ['SET', 'APPEND'],
    plant({ shards }) {
      for (const shard of shards) {
        Object.defineProperty(Reflect.get(shard, 'call'), 'guardHolds', { get: () => true, set: () => {} });
      }
      return undefined;
    },
  },
  'readers are let in while a transaction has the server to itself': {
    plant(server) {
      Object.defineProperty(locksOf(server), 'closed', { get: () => false });
      return undefined;
    },
  },
};
