/** Lines at the end of a terminal's output that are drawn again and again, and gone at the end. */

/** What of a terminal is needed. */
export interface TerminalStream {
  readonly columns?: number;
  write(text: string): unknown;
}

const ESCAPE = "\u001b[";
const CLEAR_BELOW = `${ESCAPE}0J`;
const DEFAULT_COLUMNS = 80;

/** A block of lines. */
export class TerminalBlock {
  readonly #stream: TerminalStream;
  #height = 0;

  constructor(stream: TerminalStream) {
    this.#stream = stream;
  }

  /** Draws lines over those that are there; what is too long for the terminal is cut off. */
  draw(lines: readonly string[]): void {
    const width = (this.#stream.columns || DEFAULT_COLUMNS) - 1;
    const text = lines.map((line) => [...line].slice(0, width).join("")).join("\n");
    this.#stream.write(`${this.#start()}${text}`);
    this.#height = lines.length;
  }

  /** Leaves nothing. */
  clear(): void {
    if (this.#height > 0) this.#stream.write(this.#start());
    this.#height = 0;
  }

  /** To the first line of the block, and nothing below it. */
  #start(): string {
    const up = this.#height > 1 ? `${ESCAPE}${this.#height - 1}A` : "";
    return `${up}\r${CLEAR_BELOW}`;
  }
}
