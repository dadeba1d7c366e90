/**
 * Gate: what keeps the later commands of a connection back while one of its commands is not sequenced yet. Main thread.
 * It opens once; who held on to it goes on in the order in which they came.
 */

/** Something that feeds the router and was told to stop for a while. */
export interface Held {
  resume(): void;
}

/** What it waits for. */
export interface Holder {
  /** Has `held` resumed when it may go on. */
  hold(held: Held): void;
  /** It may take long: the connection goes on reading, though it parses nothing. */
  readonly readsOn?: boolean;
}

export class Gate implements Holder {
  private readonly held: Held[] = [];
  private opened = false;

  get isOpen(): boolean {
    return this.opened;
  }

  hold(held: Held): void {
    this.held.push(held);
  }

  /** Returns those who may go on now. */
  open(): readonly Held[] {
    this.opened = true;
    return this.held;
  }
}
