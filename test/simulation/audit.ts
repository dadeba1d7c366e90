/** Audit: what must be true when a run of the simulation is over and nothing is in flight. */

import { type Database, type Handle, NO_ENTRY, SCAN_END } from '../../src/keyspace/database.js';
import { SLOT_BYTES } from '../../src/keyspace/size-classes.js';
import { shardsBySlot, slotOf } from '../../src/router/slots.js';
import type { Shard } from '../../src/shard/shard.js';
import type { InProcessServer } from '../support/in-process-server.js';
import { encodingOf } from './commands.js';
import { type History, told } from './history.js';
import { DATABASES, type Entry, NEVER } from './model.js';
import type { RecordingClient } from './simulation.js';

/** Every reply has come. */
export function auditClients(clients: readonly RecordingClient[], history: History): void {
  for (const client of clients) {
    for (const recorded of client?.missing ?? []) history.fail(`${told(recorded)} was never answered`);
  }
}

/** With all clients gone nothing is waited for, claimed, watched or kept. */
export function auditServer(
  { ports, router, shards }: InProcessServer,
  gone: readonly RecordingClient[],
  history: History,
): void {
  const nothing = (what: string, count: number): void => {
    if (count !== 0) history.fail(`${what}: ${count}`);
  };
  nothing('claims left in the router', router.figures().claims);
  nothing('batches that nobody gave back', ports.owed);
  for (const { bytesInFlight, index, requestsInFlight } of router.links) {
    nothing(`requests in flight to shard ${index}`, requestsInFlight);
    nothing(`bytes in flight to shard ${index}`, bytesInFlight);
  }
  for (const client of gone) nothing(`replies that client ${client.number} waits for`, client.awaited);
  shards.forEach(({ keyspace }, index) => {
    nothing(`databases with watched keys on shard ${index}`, keyspace.watches.inUse.length);
  });
}

/** The shards have what the model has, each key on its shard, and their books of memory are right. */
export function auditKeyspace({ router, shards }: InProcessServer, history: History): void {
  history.model.advance(router.currentMs());
  const shardOfSlot = shardsBySlot(shards.length);
  for (let index = 0; index < DATABASES; index++) {
    const expected = new Map([...history.model.entries(index)].map(([key, entry]) => [key, tell(entry)]));
    shards.forEach((shard, number) => {
      for (const [key, told] of entriesOf(shard, index, history)) {
        const bytes = Buffer.from(key, 'latin1');
        const home = shardOfSlot[slotOf(new DataView(bytes.buffer, bytes.byteOffset), 0, bytes.length)];
        if (home !== number) history.fail(`${key} is on shard ${number}, not on ${home}`);
        if (expected.get(key) !== told)
          history.fail(`at the end database ${index} has ${key} = ${told}, not ${expected.get(key)}`);
        expected.delete(key);
      }
    });
    for (const [key, told] of expected)
      history.fail(`at the end database ${index} has no ${key}, not ${told}`);
  }
}

function tell(entry: Entry): string {
  return `${JSON.stringify(entry.value).slice(0, 200)} until ${entry.expiresAtMs}, ${encodingOf(entry)}`;
}

/** What one shard has of a database, told as tell() does. */
function entriesOf({ keyspace }: Shard, index: number, history: History): Map<string, string> {
  const entries = new Map<string, string>();
  const used = keyspace.inUse.find((one) => one.index === index);
  if (used === undefined) return entries;
  const { database } = used;
  // Has it give back a node that it keeps in reserve.
  database.compact(0);
  let bytes = 0;
  database.scan(0, SCAN_END, (entry) => {
    bytes += database.bytesOf(entry) - SLOT_BYTES;
    entries.set(keyOf(database, entry), tell(entryOf(database, entry)));
  });
  const { expiring, overheadBytes, size, usedBytes } = database;
  if (size !== entries.size) history.fail(`database ${index} counts ${size} keys and has ${entries.size}`);
  if (usedBytes - overheadBytes !== bytes) {
    history.fail(
      `database ${index}: keys and values take ${bytes} bytes, and ${usedBytes - overheadBytes} by its books`,
    );
  }
  let withDeadline = 0;
  database.scan(0, SCAN_END, (entry) => {
    if (database.expiresAtMs(entry) !== NEVER) withDeadline++;
  });
  if (expiring !== withDeadline)
    history.fail(`database ${index} counts ${expiring} deadlines and has ${withDeadline}`);
  return entries;
}

function keyOf(database: Database, entry: Handle): string {
  if (entry === NO_ENTRY) throw new Error('a scan came by no entry');
  const start = database.keyStart(entry);
  return database.keySource(entry).toString('latin1', start, start + database.keyLength(entry));
}

function entryOf(database: Database, entry: Handle): Entry {
  const start = database.stringStart(entry);
  return {
    value: database.stringSource(entry).toString('latin1', start, start + database.stringLength(entry)),
    expiresAtMs: database.expiresAtMs(entry),
    isRaw: database.isRaw(entry),
    isText: database.isText(entry),
  };
}
