/**
 * Turn: what the main thread does at the end of a turn of its event loop: takes what the shards have answered, and
 * sends what has been gathered, requests to the shards and replies to the sockets. Main thread.
 *
 * It goes round as long as turns bring something, and then sleeps until there is something to send or a shard wakes it.
 * Sending waits until the sockets that are ready have been read, and for up to HELD_TURNS_MAX turns more while each brings
 * new commands: fuller batches cost less per command. A client on its own waits for one empty turn, a few µs. From
 * COMMANDS_MAX new commands on it does not wait for the turn's end.
 */

export const HELD_TURNS_MAX = 2;
/** From so many new commands on: shards, sockets and clients work side by side, not in lockstep. */
export const COMMANDS_MAX = 1024;

export interface TurnWork {
  /** Grows with every command that arrives. */
  progress(): number;
  /** Takes what the shards have answered; returns 0 if there was nothing. */
  receive(): number;
  /** Sends all there is. */
  send(): void;
  /** Prepares to be woken by the shards; false if there is something from them already. */
  sleep(): boolean;
  /** Undoes that: the shards need not wake this thread. */
  wake(): void;
}

export class Turn {
  private readonly work: TurnWork;
  /** Whether turns go round. */
  private awake = false;
  /** There is something to send. */
  private requested = false;
  private held = 0;
  private before = 0;
  /** The progress when last something was sent. */
  private sent = 0;

  constructor(work: TurnWork) {
    this.work = work;
  }

  /** There is something to send. */
  request(): void {
    this.requested = true;
    this.wake();
  }

  /** There may be something to receive. */
  wake(): void {
    if (this.awake) return;
    this.awake = true;
    this.work.wake();
    setImmediate(this.end);
  }

  /** Commands have come. If there are many, takes and sends at once: the shards need not wait for the turn's end. */
  commandsCame(): void {
    if (this.work.progress() - this.sent < COMMANDS_MAX) return;
    this.work.receive();
    this.send();
  }

  private send(): void {
    this.sent = this.work.progress();
    this.held = 0;
    this.requested = false;
    this.work.send();
  }

  private readonly end = (): void => {
    const { work } = this;
    const received = work.receive();
    const progress = work.progress();
    const arrived = progress !== this.before;
    this.before = progress;
    if (arrived && this.held < HELD_TURNS_MAX) {
      this.held++;
    } else {
      this.held = 0;
      if (this.requested) this.send();
    }
    if (arrived || received > 0 || this.requested || !work.sleep()) setImmediate(this.end);
    else this.awake = false;
  };
}
