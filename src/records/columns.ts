/**
 * Growing columns over typed arrays, in chunks of CHUNK_ROWS rows: what is in a column is never
 * copied, and appending allocates nothing but the chunks. The classes repeat their few lines of
 * `append` and `appendEvery` on purpose: each store then sees one kind of array, which keeps it
 * fast. Tables that grow fast fill their columns through a `RowBuffer`.
 */

import { toSeconds } from "../engine/ticks.ts";
import { assert } from "../errors.ts";

/** Rows of a chunk, and of a record batch of the files; a power of two. */
export const CHUNK_ROWS = 65_536;

const OFFSET_MASK = CHUNK_ROWS - 1;

const ABSENT_MESSAGE = "a column without nulls got an absent value";
const RANGE_MESSAGE = "an integer column got a number that is no 32-bit integer";

/** Any of the columns below. */
export type Column = NumericColumn | TextColumn;

/** A column whose values are numbers, or stand for strings by number. */
export type NumericColumn = Float64Column | TimeColumn | Int32Column | DictionaryColumn;

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
    assert(this.nullable || !Number.isNaN(value), ABSENT_MESSAGE);
    const offset = this.#length & OFFSET_MASK;
    if (offset === 0) this.#startChunk();
    this.#chunk[offset] = value;
    this.#length++;
  }

  /** Appends every `stride`-th number of `cells`, from `first` to before `end`. */
  appendEvery(cells: Float64Array, first: number, stride: number, end: number): void {
    let row = this.#length;
    for (let cell = first; cell < end; cell += stride) {
      const value = cells[cell]!;
      assert(this.nullable || !Number.isNaN(value), ABSENT_MESSAGE);
      const offset = row++ & OFFSET_MASK;
      if (offset === 0) this.#startChunk();
      this.#chunk[offset] = value;
    }
    this.#length = row;
  }

  #startChunk(): void {
    this.#chunk = new Float64Array(CHUNK_ROWS);
    this.chunks.push(this.#chunk);
  }
}

/** Instants or durations, given in ticks and kept in seconds; a negative one is an absent one. */
export class TimeColumn {
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

  append(ticks: number): void {
    assert(ticks >= 0 || (this.nullable && ticks < 0), ABSENT_MESSAGE);
    const offset = this.#length & OFFSET_MASK;
    if (offset === 0) this.#startChunk();
    this.#chunk[offset] = ticks < 0 ? Number.NaN : toSeconds(ticks);
    this.#length++;
  }

  /** Appends every `stride`-th number of `cells`, from `first` to before `end`. */
  appendEvery(cells: Float64Array, first: number, stride: number, end: number): void {
    let row = this.#length;
    for (let cell = first; cell < end; cell += stride) {
      const ticks = cells[cell]!;
      assert(ticks >= 0 || (this.nullable && ticks < 0), ABSENT_MESSAGE);
      const offset = row++ & OFFSET_MASK;
      if (offset === 0) this.#startChunk();
      this.#chunk[offset] = ticks < 0 ? Number.NaN : toSeconds(ticks);
    }
    this.#length = row;
  }

  #startChunk(): void {
    this.#chunk = new Float64Array(CHUNK_ROWS);
    this.chunks.push(this.#chunk);
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
    assert((value | 0) === value, RANGE_MESSAGE);
    const offset = this.#length & OFFSET_MASK;
    if (offset === 0) this.#startChunk();
    this.#chunk[offset] = value;
    this.#length++;
  }

  /** Appends every `stride`-th number of `cells`, from `first` to before `end`. */
  appendEvery(cells: Float64Array, first: number, stride: number, end: number): void {
    let row = this.#length;
    for (let cell = first; cell < end; cell += stride) {
      const value = cells[cell]!;
      assert((value | 0) === value, RANGE_MESSAGE);
      const offset = row++ & OFFSET_MASK;
      if (offset === 0) this.#startChunk();
      this.#chunk[offset] = value;
    }
    this.#length = row;
  }

  #startChunk(): void {
    this.#chunk = new Int32Array(CHUNK_ROWS);
    this.chunks.push(this.#chunk);
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
    const code = this.codeOf(value);
    const offset = this.#length & OFFSET_MASK;
    if (offset === 0) this.#startChunk();
    this.#chunk[offset] = code;
    this.#length++;
  }

  /** Appends every `stride`-th code of `cells`, from `first` to before `end`. */
  appendEvery(cells: Float64Array, first: number, stride: number, end: number): void {
    let row = this.#length;
    for (let cell = first; cell < end; cell += stride) {
      const value = cells[cell]!;
      assert((value | 0) === value, RANGE_MESSAGE);
      const offset = row++ & OFFSET_MASK;
      if (offset === 0) this.#startChunk();
      this.#chunk[offset] = value;
    }
    this.#length = row;
  }

  /** The position of a string in `values`, where it comes to stand if it is new. */
  codeOf(value: string): number {
    if (value !== this.#lastValue) {
      this.#lastCode = this.#codes.get(value) ?? this.#addValue(value);
      this.#lastValue = value;
    }
    return this.#lastCode;
  }

  #startChunk(): void {
    this.#chunk = new Int32Array(CHUNK_ROWS);
    this.chunks.push(this.#chunk);
  }

  #addValue(value: string): number {
    const code = this.values.length;
    this.values.push(value);
    this.#codes.set(value, code);
    return code;
  }
}

/** Bytes in UTF-8 of a unit of UTF-16, at most. */
const UTF8_BYTES = 3;

const FIRST_BYTES = 4096;

const utf8 = new TextEncoder();

/** Texts of a chunk in UTF-8, one behind the other. */
interface TextChunk {
  bytes: Uint8Array;
  /** Where each text starts in `bytes`, and behind the last one where it ends. */
  readonly offsets: Int32Array;
}

/** Strings that are mostly distinct, kept as bytes: collecting so many strings would take long. */
export class TextColumn {
  readonly kind = "text";
  readonly nullable = false;
  readonly chunks: TextChunk[] = [];
  #chunk: TextChunk = { bytes: new Uint8Array(0), offsets: new Int32Array(1) };
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(value: string): void {
    const offset = this.#length++ & OFFSET_MASK;
    if (offset === 0) this.#startChunk();
    const chunk = this.#chunk;
    const start = chunk.offsets[offset]!;
    const bytesMost = UTF8_BYTES * value.length;
    if (start + bytesMost > chunk.bytes.length) chunk.bytes = grown(chunk.bytes, bytesMost);
    const { bytes } = chunk;
    let end = start;
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code >= 0x80) {
        end = start + utf8.encodeInto(value, bytes.subarray(start)).written;
        break;
      }
      bytes[end++] = code;
    }
    chunk.offsets[offset + 1] = end;
  }

  #startChunk(): void {
    this.#chunk = { bytes: new Uint8Array(FIRST_BYTES), offsets: new Int32Array(CHUNK_ROWS + 1) };
    this.chunks.push(this.#chunk);
  }
}

/** A copy with room for `more` bytes besides. */
function grown(bytes: Uint8Array, more: number): Uint8Array {
  const larger = new Uint8Array(Math.max(2 * bytes.length, bytes.length + more));
  larger.set(bytes);
  return larger;
}
