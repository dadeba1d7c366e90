/**
 * SocketReader: one suite for both ways of reading, on sockets of the loopback interface: the handle's, which this Node.js
 * must have, and the stream's. SEED=n repeats a run.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setImmediate as immediate } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { foundReadState, type ReadState, SocketReader } from '../../src/connection/socket-reader.js';
import { createRandom, runSeed } from '../support/random.js';
import { until, within } from '../support/until.js';

const seed = runSeed();
t.comment(`SEED=${seed}`);

/** More than one read takes. */
const LARGE_BYTES = 200_000;
/** More than the kernel keeps for a reader that has stopped. */
const STREAM_BYTES = 16_000_000;
/** Turns of the event loop that poll the sockets: what can be read has been read by then. */
const TURNS = 20;

/** The accepted end of a connection, and what has been read from it. */
class Reading {
  readonly copies: Buffer[] = [];
  bytes = 0;
  ended = false;
  /** Between pause() and resume(). */
  paused = false;
  readWhilePaused = 0;
  /** What is no view of the bytes that come with it. */
  wrongViews = 0;
  readonly memory = new Set<ArrayBufferLike>();
  onReceive: () => void = () => {};
  readonly reader: SocketReader;
  readonly client: Socket;
  readonly socket: Socket;
  readonly closed: Promise<void>;

  constructor(client: Socket, socket: Socket, readState: ReadState | null) {
    this.client = client;
    this.socket = socket;
    this.reader = new SocketReader(socket, (...args) => this.receive(...args), readState);
    socket.on('end', () => {
      this.ended = true;
    });
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => socket.on('close', () => resolve()));
  }

  get received(): Buffer {
    return Buffer.concat(this.copies);
  }

  pause(): void {
    this.paused = true;
    this.reader.pause();
  }

  resume(): void {
    this.paused = false;
    this.reader.resume();
  }

  /** Resolves when the kernel has all of it, which on the loopback is the other end's. */
  write(bytes: Buffer | string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.client.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  private receive(bytes: Buffer, length: number, view: DataView | null): void {
    if (this.paused) this.readWhilePaused += length;
    // It is valid only until this returns.
    this.copies.push(Buffer.from(bytes.subarray(0, length)));
    this.bytes += length;
    this.memory.add(bytes.buffer);
    if (view !== null) {
      const isSame = view.buffer === bytes.buffer && view.byteOffset === bytes.byteOffset;
      if (!isSame || view.byteLength < length) this.wrongViews++;
    }
    this.onReceive();
  }
}

/** A connection, as the server accepts them. */
async function open(t: Test, readState: ReadState | null): Promise<Reading> {
  const listener = createServer({ allowHalfOpen: true, noDelay: true });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const accepted = new Promise<Reading>((resolve) => {
    listener.once('connection', (socket) => resolve(new Reading(client, socket, readState)));
  });
  const client = connect({
    port: (listener.address() as AddressInfo).port,
    host: '127.0.0.1',
    noDelay: true,
  });
  client.on('error', () => {});
  const reading = await within('the connection', accepted);
  t.teardown(() => {
    client.destroy();
    reading.socket.destroy();
    listener.close();
  });
  return reading;
}

async function turns(): Promise<void> {
  for (let i = 0; i < TURNS; i++) await immediate();
}

t.ok(foundReadState, 'this Node.js has what direct reads need');

for (const [way, readState] of [
  ['direct', foundReadState],
  ['stream', null],
] as const) {
  t.test(`${way}: chunks cut anywhere, and pauses anywhere`, async (t) => {
    const random = createRandom(seed);
    const reading = await open(t, readState);
    t.equal(reading.reader.isDirect, way === 'direct');
    const sent = Buffer.alloc(STREAM_BYTES);
    for (let at = 0; at < sent.length; at += 4) sent.writeInt32LE(at, at);
    let pauses = 0;
    reading.onReceive = () => {
      if (!random.chance(0.3)) return;
      pauses++;
      reading.pause();
      // At once, in the midst of receiving, or when more has come.
      if (random.chance(0.2)) reading.resume();
      else setTimeout(() => reading.resume(), random.below(4));
    };
    for (let at = 0; at < sent.length; ) {
      const size = random.pick([
        () => 1 + random.below(10),
        () => 1 + random.below(3000),
        () => 65_536,
        () => 65_536 + random.below(LARGE_BYTES),
      ])();
      const written = reading.write(sent.subarray(at, at + size));
      if (random.chance(0.5)) await within('the kernel to take it', written);
      at += size;
    }
    await until('all of it', () => reading.bytes >= sent.length && !reading.paused);
    t.ok(reading.received.equals(sent), 'nothing is lost or swapped');
    t.ok(pauses > 10, `${pauses} pauses`);
    t.equal(reading.readWhilePaused, 0);
    t.equal(reading.wrongViews, 0);
    t.notOk(reading.ended);
  });

  t.test(`${way}: what comes while it is paused waits`, async (t) => {
    const reading = await open(t, readState);
    reading.onReceive = () => {
      reading.pause();
    };
    await reading.write('first,');
    await until('the first', () => reading.bytes > 0);
    await reading.write('second,');
    await turns();
    t.equal(String(reading.received), 'first,', 'paused while it received');
    reading.onReceive = () => {};
    reading.resume();
    await until('the second', () => reading.bytes > 6);
    reading.pause();
    reading.pause();
    await reading.write('third,');
    await turns();
    t.equal(String(reading.received), 'first,second,', 'paused when nothing was to be read');
    reading.client.end('last');
    await turns();
    reading.resume();
    reading.resume();
    await until('the end', () => reading.ended);
    t.equal(
      String(reading.received),
      'first,second,third,last',
      'and what came last is there before the end',
    );
  });

  t.test(`${way}: the client ends`, async (t) => {
    const silent = await open(t, readState);
    silent.client.end();
    await until('the end', () => silent.ended);
    t.equal(silent.bytes, 0, 'without a word');

    const large = Buffer.alloc(LARGE_BYTES, 'abcdefg');
    const reading = await open(t, readState);
    reading.client.end(large);
    await until('the end', () => reading.ended);
    t.ok(reading.received.equals(large), 'behind a lot');
    // It has ended one direction only.
    const answer = once(reading.client, 'data') as Promise<[Buffer]>;
    reading.socket.end('still there');
    t.equal(String((await within('the answer', answer))[0]), 'still there');
    await within('the close', reading.closed);
  });

  t.test(`${way}: the client resets the connection`, async (t) => {
    const reading = await open(t, readState);
    await reading.write('some');
    await until('some', () => reading.bytes === 4);
    reading.client.resetAndDestroy();
    await within('the close', reading.closed);
    t.notOk(reading.ended, 'that is no end');

    const paused = await open(t, readState);
    paused.pause();
    paused.client.resetAndDestroy();
    await turns();
    paused.resume();
    await within('the close', paused.closed);
    // On a socket that is closed there is nothing left to stop or start.
    paused.pause();
    paused.resume();
    await turns();
    t.equal(paused.bytes, 0);
  });

  t.test(`${way}: whose memory it is`, async (t) => {
    const readings = [await open(t, readState), await open(t, readState)];
    for (let i = 0; i < 10; i++) {
      for (const [index, reading] of readings.entries()) {
        const { bytes } = reading;
        await reading.write(`${index}`.repeat(100));
        await until('it', () => reading.bytes === bytes + 100);
      }
    }
    for (const [index, reading] of readings.entries())
      t.equal(String(reading.received), `${index}`.repeat(1000), 'who copies at once has his own');
    const memory = new Set(readings.flatMap((reading) => [...reading.memory]));
    if (way === 'direct') t.equal(memory.size, 1, 'all sockets share one buffer: to keep it is to lose it');
  });
}
