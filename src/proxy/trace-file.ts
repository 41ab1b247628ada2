/**
 * The trace that a recording writes: a whole line a call, handed to the operating system as the
 * call ends, so that a recorder that is killed loses only what was under way.
 */

import { appendFileSync, closeSync, fstatSync, openSync, readSync } from "node:fs";

/** A file of JSON lines that grows. */
export class TraceFile {
  readonly #descriptor: number;

  /** Opens the file behind what it holds; the errors are those of the file system. */
  constructor(path: string) {
    this.#descriptor = openSync(path, "a+");
    const { size } = fstatSync(this.#descriptor);
    const last = Buffer.alloc(1);
    if (size > 0 && readSync(this.#descriptor, last, 0, 1, size - 1) === 1 && last[0] !== 10) {
      appendFileSync(this.#descriptor, "\n");
    }
  }

  append(row: object): void {
    appendFileSync(this.#descriptor, `${JSON.stringify(row)}\n`);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
