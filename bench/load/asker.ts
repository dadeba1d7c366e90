/**
 * Asker: one connection to a server for questions of the benchmark's own, one at a time. Replies are handed out as the
 * bytes they came in.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { BenchError } from '../bench-error.js';
import { ReplyCounter } from './reply-counter.js';
import { type BenchServer, loadFailed } from './servers.js';

export class Asker {
  private readonly server: BenchServer;
  private readonly socket: Socket;
  private counter = new ReplyCounter();
  private chunks: Buffer[] = [];
  private waiting: { resolve(reply: Buffer): void; reject(error: Error): void } | undefined;

  private constructor(server: BenchServer, socket: Socket) {
    this.server = server;
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('close', () => this.waiting?.reject(new Error('the server closed the connection')));
    socket.on('error', (error) => this.waiting?.reject(error));
  }

  static async open(server: BenchServer): Promise<Asker> {
    const socket = connect({ port: server.port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new Asker(server, socket);
  }

  close(): void {
    this.socket.destroy();
  }

  /** The reply, whole. @throws BenchError if it is an error */
  async ask(...words: string[]): Promise<Buffer> {
    const command = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('');
    const reply = new Promise<Buffer>((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
    this.socket.write(`*${words.length}\r\n${command}`);
    try {
      return await Promise.race([reply, this.server.died]);
    } catch (error) {
      if (error instanceof BenchError) throw error;
      return loadFailed(this.server, `${words[0]} on ${this.server.name}: ${(error as Error).message}`);
    }
  }

  /** The reply of a command that gives an integer. */
  async askInteger(...words: string[]): Promise<number> {
    return Number((await this.ask(...words)).toString('latin1', 1));
  }

  /** A number in INFO; undefined where there is no such field. */
  async askInfo(section: string, field: string): Promise<number | undefined> {
    const text = (await this.ask('INFO', section)).toString('latin1');
    const match = new RegExp(`^${field}:([\\d.]+)`, 'm').exec(text);
    return match === null ? undefined : Number(match[1]);
  }

  private receive(chunk: Buffer): void {
    this.chunks.push(chunk);
    if (this.counter.push(chunk) === 0) return;
    const { waiting, counter } = this;
    const reply = Buffer.concat(this.chunks);
    this.waiting = undefined;
    this.chunks = [];
    if (counter.error === undefined) {
      waiting?.resolve(reply);
      return;
    }
    this.counter = new ReplyCounter();
    waiting?.reject(new Error(counter.error));
  }
}
