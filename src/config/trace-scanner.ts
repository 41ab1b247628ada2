/**
 * Reads the usual line of a trace, an object of plain texts and numbers, several times as fast as
 * a JSON parser: fields are expected where the line before had them, and nothing is allocated but
 * texts. Any other line, wrong ones included, is left to JSON.parse.
 */

import type { LineScanner } from "./json-lines.ts";

const FIELDS = [
  "session_id",
  "request_id",
  "model",
  "input_length",
  "output_length",
  "timestamp",
  "workflow",
  "role",
  "delay",
  "tool_wait_ms",
] as const;

type Field = (typeof FIELDS)[number];

const QUOTED = FIELDS.map((name) => `"${name}"`);

const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const POINT = 46;
const ZERO = 48;
const COLON = 58;
const BACKSLASH = 92;
const OPEN = 123;
const CLOSE = 125;

/** Numbers of more digits are left to the parser: up to this, digits and scale are exact. */
const MAX_DIGITS = 15;
const POWERS_OF_TEN = Float64Array.from({ length: MAX_DIGITS + 1 }, (_, power) => 10 ** power);

/** Scans lines; what a line holds is in `row` until the next one. */
export class TraceScanner implements LineScanner {
  readonly row: Record<Field, string | number | undefined> = {
    session_id: undefined,
    request_id: undefined,
    model: undefined,
    input_length: undefined,
    output_length: undefined,
    timestamp: undefined,
    workflow: undefined,
    role: undefined,
    delay: undefined,
    tool_wait_ms: undefined,
  };

  /** By place in the line: the position in FIELDS that was there last. */
  readonly #expected: number[] = [];
  #text = "";
  #at = 0;

  /** Whether text[start, end) is a usual line, and now in `row`. */
  scan(text: string, start: number, end: number): boolean {
    this.#text = text;
    this.#at = start;
    this.#clear();
    if (text.charCodeAt(start) !== OPEN) return false;
    this.#at++;
    for (let place = 0; ; place++) {
      const field = this.#field(place);
      if (field < 0 || this.#next() !== COLON) return false;
      this.#at++;
      const value = this.#value();
      if (value === undefined) return false;
      this.#assign(field, value);
      const separator = this.#next();
      this.#at++;
      if (separator === CLOSE) return this.#at === end || text.slice(this.#at, end).trim() === "";
      if (separator !== COMMA) return false;
    }
  }

  /** The code of the next character that is no space. */
  #next(): number {
    let code = this.#text.charCodeAt(this.#at);
    while (code === SPACE) code = this.#text.charCodeAt(++this.#at);
    return code;
  }

  /** Reads a key; -1 for none of FIELDS. */
  #field(place: number): number {
    if (this.#next() !== QUOTE) return -1;
    const text = this.#text;
    let field = this.#expected[place] ?? 0;
    if (!text.startsWith(QUOTED[field]!, this.#at)) {
      field = QUOTED.findIndex((quoted) => text.startsWith(quoted, this.#at));
      if (field < 0) return -1;
      this.#expected[place] = field;
    }
    this.#at += QUOTED[field]!.length;
    return field;
  }

  #value(): string | number | undefined {
    return this.#next() === QUOTE ? this.#string() : this.#number();
  }

  /** Reads a text without escapes. */
  #string(): string | undefined {
    const text = this.#text;
    const start = this.#at + 1;
    let end = start;
    for (let code = text.charCodeAt(end); code !== QUOTE; code = text.charCodeAt(++end)) {
      // The end of the text is NaN, which is no code either.
      if (!(code >= SPACE) || code === BACKSLASH) return undefined;
    }
    this.#at = end + 1;
    return text.slice(start, end);
  }

  /** Reads a number of digits with or without a point. */
  #number(): number | undefined {
    const start = this.#at;
    let digits = this.#digits(0);
    const whole = this.#at - start;
    const hasExtraZero = whole > 1 && this.#text.charCodeAt(start) === ZERO;
    if (whole === 0 || whole > MAX_DIGITS || hasExtraZero) return undefined;
    let places = 0;
    let code = this.#text.charCodeAt(this.#at);
    if (code === POINT) {
      this.#at++;
      digits = this.#digits(digits);
      places = this.#at - start - whole - 1;
      if (places === 0 || whole + places > MAX_DIGITS) return undefined;
      code = this.#text.charCodeAt(this.#at);
    }
    // An exponent or whatever else goes on.
    if (code !== COMMA && code !== CLOSE && code !== SPACE) return undefined;
    // Both are exact, so the quotient is the double nearest to the decimal number.
    return digits / POWERS_OF_TEN[places]!;
  }

  /** `before` with the digits that follow appended. */
  #digits(before: number): number {
    const text = this.#text;
    let digits = before;
    let at = this.#at;
    let digit = text.charCodeAt(at) - ZERO;
    while (digit >= 0 && digit <= 9) {
      digits = 10 * digits + digit;
      digit = text.charCodeAt(++at) - ZERO;
    }
    this.#at = at;
    return digits;
  }

  #clear(): void {
    const { row } = this;
    row.session_id = undefined;
    row.request_id = undefined;
    row.model = undefined;
    row.input_length = undefined;
    row.output_length = undefined;
    row.timestamp = undefined;
    row.workflow = undefined;
    row.role = undefined;
    row.delay = undefined;
    row.tool_wait_ms = undefined;
  }

  /** A switch, as a store under a name that varies is slow. */
  #assign(field: number, value: string | number): void {
    const { row } = this;
    switch (FIELDS[field]) {
      case "session_id":
        row.session_id = value;
        return;
      case "request_id":
        row.request_id = value;
        return;
      case "model":
        row.model = value;
        return;
      case "input_length":
        row.input_length = value;
        return;
      case "output_length":
        row.output_length = value;
        return;
      case "timestamp":
        row.timestamp = value;
        return;
      case "workflow":
        row.workflow = value;
        return;
      case "role":
        row.role = value;
        return;
      case "delay":
        row.delay = value;
        return;
      case "tool_wait_ms":
        row.tool_wait_ms = value;
        return;
    }
  }
}
