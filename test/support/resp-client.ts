/**
 * RespClient: a raw connection. Sends bytes as they are and hands out exactly one reply at a time, as bytes; a test
 * decides itself what is right. Replies come in order, and every wait has a deadline.
 */
import { connect, type Socket } from 'node:net';
import { decode, endOfReply, Incomplete, type Reply } from './replies.js';
import { request, type Word } from './requests.js';
import { within } from './until.js';

export class RespClient {
  readonly socket: Socket;
  private readonly closed: Promise<Error | undefined>;

  private chunks: Buffer[] = [];
  private buffered = 0;
  /** How many bytes there must be before it is worth looking for a reply. */
  private bytesNeeded = 1;
  private inputEnded = false;
  private error: Error | undefined;
  private wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk);
      this.buffered += chunk.length;
      if (this.buffered >= this.bytesNeeded) this.wake();
    });
    socket.on('end', () => {
      this.inputEnded = true;
      this.wake();
    });
    socket.on('error', (error) => {
      this.error = error;
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.inputEnded = true;
        this.wake();
        resolve(this.error);
      });
    });
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<RespClient> {
    const socket = connect({ port, host, allowHalfOpen: true, noDelay: true });
    const client = new RespClient(socket);
    await within(
      `a connection to ${host}:${port}`,
      new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve);
        socket.once('error', reject);
      }),
    );
    return client;
  }

  send(bytes: Uint8Array | string): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Sends a command and gives the bytes of its reply. */
  async raw(...words: readonly Word[]): Promise<Buffer> {
    this.send(request(...words));
    return this.reply();
  }

  /** Sends a command and gives its reply decoded. */
  async call(...words: readonly Word[]): Promise<Reply> {
    return decode(await this.raw(...words));
  }

  /** The bytes of the next reply. */
  async reply(): Promise<Buffer> {
    for (;;) {
      if (this.buffered >= this.bytesNeeded) {
        const all = this.flat();
        const end = endOfReply(all, 0);
        if (!(end instanceof Incomplete)) {
          this.chunks = [all.subarray(end)];
          this.buffered = all.length - end;
          this.bytesNeeded = 1;
          return all.subarray(0, end);
        }
        this.bytesNeeded = end.bytesNeeded;
      }
      if (this.inputEnded) throw new Error(`the connection ended${this.describe()}`);
      await this.more('a reply');
    }
  }

  async replies(count: number): Promise<Buffer[]> {
    const replies: Buffer[] = [];
    while (replies.length < count) replies.push(await this.reply());
    return replies;
  }

  /** Everything the server still sends, up to the end of the connection. */
  async rest(): Promise<Buffer> {
    this.bytesNeeded = Number.POSITIVE_INFINITY;
    while (!this.inputEnded) await this.more('the end of the connection');
    return this.flat();
  }

  /** Sends FIN; the server may still reply. */
  finish(): void {
    this.socket.end();
  }

  /** Closes this side too and waits for the end; gives the error that closed the connection, if one did. */
  close(): Promise<Error | undefined> {
    this.finish();
    return within('the connection to close', this.closed, () => this.describe());
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Closes the connection with RST, as a client that is killed does. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  private more(what: string): Promise<void> {
    return within(
      what,
      new Promise((resolve) => {
        this.wake = resolve;
      }),
      () => this.describe(),
    );
  }

  private flat(): Buffer {
    if (this.chunks.length !== 1) this.chunks = [Buffer.concat(this.chunks)];
    return this.chunks[0];
  }

  private describe(): string {
    const start = this.flat().toString('latin1', 0, 200);
    const why = this.error === undefined ? '' : `, ${this.error.message}`;
    return `${why}; received so far: ${JSON.stringify(start)} (${this.buffered} bytes)`;
  }
}
