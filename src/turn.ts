/**
 * Turn: when what has been gathered is sent: requests to the shards, replies to the sockets. Main thread.
 *
 * Sending waits until the sockets and ports that are ready in this turn of the event loop have been read, and for up to
 * HELD_TURNS_MAX turns more while each brings new commands: waking a shard costs more than the bytes it is sent. Two held
 * turns took the requests in a batch from 60 to 152 (50 connections, pipeline 16, two shards on two cores) and the
 * server's CPU per command from 2.4 to 2.2 µs; a client on its own waits for one empty turn, a few µs.
 */

const HELD_TURNS_MAX = 2;

export class Turn {
  private readonly progress: () => number;
  private readonly send: () => void;
  private requested = false;
  private held = 0;
  private before = 0;

  /** `progress` grows with every command that arrives; `send` sends all there is. */
  constructor(progress: () => number, send: () => void) {
    this.progress = progress;
    this.send = send;
  }

  /** There is something to send. */
  request(): void {
    if (this.requested) return;
    this.requested = true;
    setImmediate(this.end);
  }

  private readonly end = (): void => {
    const now = this.progress();
    if (now !== this.before && this.held < HELD_TURNS_MAX) {
      this.before = now;
      this.held++;
      setImmediate(this.end);
      return;
    }
    this.before = now;
    this.held = 0;
    this.requested = false;
    this.send();
  };
}
