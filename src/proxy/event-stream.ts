/**
 * Server-sent events (WHATWG HTML, section 9.2), read from bytes as they pass: only the data of
 * events, whose lines end in LF or CRLF.
 */

import { StringDecoder } from "node:string_decoder";

/** Cuts bytes into events. */
export class EventStream {
  readonly #onData: (data: string) => void;
  readonly #decoder = new StringDecoder("utf8");
  /** The line that has not ended yet. */
  #rest = "";
  #data: string[] = [];

  constructor(onData: (data: string) => void) {
    this.#onData = onData;
  }

  write(bytes: Buffer): void {
    const text = this.#rest + this.#decoder.write(bytes);
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      this.#line(text.slice(start, text[end - 1] === "\r" ? end - 1 : end));
      start = end + 1;
    }
    this.#rest = text.slice(start);
  }

  /** Ends an event that lacks its empty line, as some servers leave their last one. */
  end(): void {
    this.#line(this.#rest);
    this.#line("");
    this.#rest = "";
  }

  #line(line: string): void {
    if (line.startsWith("data:")) this.#data.push(line.slice(line[5] === " " ? 6 : 5));
    if (line !== "" || this.#data.length === 0) return;
    const data = this.#data.join("\n");
    this.#data = [];
    this.#onData(data);
  }
}
