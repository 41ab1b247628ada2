/**
 * Growing columns over typed arrays, in chunks of CHUNK_ROWS rows: a row is written once and never
 * copied, and appending allocates nothing but the chunks. The four classes repeat their few lines
 * of `append` on purpose: each store then sees one kind of array, which keeps it fast.
 */

import { toSeconds } from "../engine/ticks.ts";
import { assert } from "../errors.ts";

/** Rows of a chunk, and of a record batch of the files; a power of two. */
export const CHUNK_ROWS = 65_536;

const OFFSET_MASK = CHUNK_ROWS - 1;

/** Any of the columns below. */
export type Column = Float64Column | Int32Column | DictionaryColumn | TextColumn;

/** Doubles; in a nullable column NaN stands for an absent value and is written as null. */
export class Float64Column {
  readonly kind = "float64";
  readonly nullable: boolean;
  readonly chunks: Float64Array[] = [];
  #chunk = new Float64Array(0);
  #length = 0;

  constructor(options: { readonly nullable?: boolean } = {}) {
    this.nullable = options.nullable ?? false;
  }

  get length(): number {
    return this.#length;
  }

  append(value: number): void {
    assert(this.nullable || !Number.isNaN(value), "a column without nulls got NaN");
    const offset = this.#length & OFFSET_MASK;
    if (offset === 0) {
      this.#chunk = new Float64Array(CHUNK_ROWS);
      this.chunks.push(this.#chunk);
    }
    this.#chunk[offset] = value;
    this.#length++;
  }

  /** Appends an instant or duration in seconds; a negative number of ticks is an absent one. */
  appendTicks(ticks: number): void {
    this.append(ticks < 0 ? Number.NaN : toSeconds(ticks));
  }
}

/** 32-bit integers; in a nullable column -1 stands for an absent value and is written as null. */
export class Int32Column {
  readonly kind = "int32";
  readonly nullable: boolean;
  readonly chunks: Int32Array[] = [];
  #chunk = new Int32Array(0);
  #length = 0;

  constructor(options: { readonly nullable?: boolean } = {}) {
    this.nullable = options.nullable ?? false;
  }

  get length(): number {
    return this.#length;
  }

  append(value: number): void {
    assert((value | 0) === value, "an integer column got a number that is no 32-bit integer");
    const offset = this.#length & OFFSET_MASK;
    if (offset === 0) {
      this.#chunk = new Int32Array(CHUNK_ROWS);
      this.chunks.push(this.#chunk);
    }
    this.#chunk[offset] = value;
    this.#length++;
  }
}

/**
 * Strings that repeat: each row holds the position of its string in `values`. Positions are signed,
 * as pyarrow before 23 makes no pandas table of others.
 */
export class DictionaryColumn {
  readonly kind = "dictionary";
  readonly nullable = false;
  readonly chunks: Int32Array[] = [];
  /** The distinct strings, in order of first use. */
  readonly values: string[] = [];
  readonly #codes = new Map<string, number>();
  /** Rows in a row often have the same string: no look-up for those. */
  #lastValue: string | undefined;
  #lastCode = 0;
  #chunk = new Int32Array(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(value: string): void {
    const offset = this.#length & OFFSET_MASK;
    if (offset === 0) {
      this.#chunk = new Int32Array(CHUNK_ROWS);
      this.chunks.push(this.#chunk);
    }
    if (value !== this.#lastValue) {
      this.#lastCode = this.#codes.get(value) ?? this.#addValue(value);
      this.#lastValue = value;
    }
    this.#chunk[offset] = this.#lastCode;
    this.#length++;
  }

  #addValue(value: string): number {
    const code = this.values.length;
    this.values.push(value);
    this.#codes.set(value, code);
    return code;
  }
}

/** Strings that are mostly distinct, kept as they are. */
export class TextColumn {
  readonly kind = "text";
  readonly nullable = false;
  readonly chunks: string[][] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(value: string): void {
    if ((this.#length & OFFSET_MASK) === 0) this.chunks.push([]);
    this.chunks[this.chunks.length - 1]!.push(value);
    this.#length++;
  }
}
