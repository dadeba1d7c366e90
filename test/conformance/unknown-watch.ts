/**
 * UnknownWatch: stands between the suite and the server, and notes during which tests the server refused a command it does
 * not know. Such a test may pass all the same (it wants an error, or compares two values that were both refused): that it
 * does says nothing, and it may well fail when the command is there. Bytes pass through as they are.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const TEST_STARTS = /### Starting test (.*?) in tests\//;
const UNKNOWN = '-ERR unknown ';
/** Kept of a chunk, since the next one may have the rest of a refusal. */
const TAIL_BYTES = UNKNOWN.length - 1;

export class UnknownWatch {
  /** Names of the tests that met an unknown command. */
  readonly tests = new Set<string>();
  readonly port: number;
  private test = '';
  private readonly listener: Server;
  private readonly sockets = new Set<Socket>();

  private constructor(listener: Server) {
    this.listener = listener;
    this.port = (listener.address() as AddressInfo).port;
  }

  /** Listens on a free port for what is meant for `serverPort`. */
  static async start(serverPort: number): Promise<UnknownWatch> {
    const listener = createServer({ allowHalfOpen: true, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(0, '127.0.0.1', resolve);
    });
    const watch = new UnknownWatch(listener);
    listener.on('connection', (client) => watch.join(client, serverPort));
    return watch;
  }

  stop(): void {
    this.listener.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private join(client: Socket, serverPort: number): void {
    const server = connect({ port: serverPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    let tail = '';
    client.on('data', (chunk: Buffer) => {
      const name = TEST_STARTS.exec(chunk.toString('latin1'))?.[1];
      // Names are UTF-8 like the suite's files.
      if (name !== undefined) this.test = Buffer.from(name, 'latin1').toString('utf8');
    });
    server.on('data', (chunk: Buffer) => {
      const text = tail + chunk.toString('latin1');
      if (text.includes(UNKNOWN)) this.tests.add(this.test);
      tail = text.slice(-TAIL_BYTES);
    });
    client.pipe(server);
    server.pipe(client);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ]) {
      this.sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
