/** Progress on stderr: on a terminal one line that changes with every step, elsewhere a line for every finished row. */
export class Progress {
  private readonly stream: NodeJS.WriteStream;

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream;
  }

  step(text: string): void {
    // A terminal that doesn't tell its width says 0.
    const width = this.stream.columns || 80;
    if (this.stream.isTTY) this.stream.write(`\r\x1b[2K${text.slice(0, width - 1)}`);
  }

  /** A line that stays. */
  line(text: string): void {
    this.stream.write(`${this.stream.isTTY ? '\r\x1b[2K' : ''}${text}\n`);
  }
}
