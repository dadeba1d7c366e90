/** Statistics: what the main thread counts of its connections, for INFO. Main thread. */

export class Statistics {
  connectionsReceived = 0;
  connectionsRejected = 0;
  commandsProcessed = 0;
  inputBytes = 0;
  outputBytes = 0;
  // Per second, over the last whole sample:
  commandsPerSecond = 0;
  inputBytesPerSecond = 0;
  outputBytesPerSecond = 0;

  private before = { atMs: 0, commands: 0, input: 0, output: 0 };

  /** Takes the rates since the call before; to be called every second or so. `monotonicMs` is any steady clock. */
  sample(monotonicMs: number): void {
    const { before } = this;
    const seconds = (monotonicMs - before.atMs) / 1000;
    if (seconds <= 0) return;
    this.commandsPerSecond = Math.round((this.commandsProcessed - before.commands) / seconds);
    this.inputBytesPerSecond = (this.inputBytes - before.input) / seconds;
    this.outputBytesPerSecond = (this.outputBytes - before.output) / seconds;
    this.before = {
      atMs: monotonicMs,
      commands: this.commandsProcessed,
      input: this.inputBytes,
      output: this.outputBytes,
    };
  }

  /** CONFIG RESETSTAT. */
  reset(): void {
    this.connectionsReceived = 0;
    this.connectionsRejected = 0;
    this.commandsProcessed = 0;
    this.inputBytes = 0;
    this.outputBytes = 0;
    this.before = { atMs: this.before.atMs, commands: 0, input: 0, output: 0 };
  }
}
