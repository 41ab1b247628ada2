/**
 * A table of a results directory as it is read: by column, as typed arrays over all its rows. A
 * file that is cut off, or is none of ours, is a UserError: the library would read what is there.
 */

import type { DataType, Table, Vector } from "apache-arrow";
import { UserError } from "../errors.ts";
import { loadArrow } from "./arrow-file.ts";

/** A column of strings that repeat. */
export interface CodedTexts {
  /** The distinct strings. */
  readonly values: readonly string[];
  /** By row: the position of its string. */
  readonly codes: Uint32Array;
}

const HINT = "run the command again that wrote the directory";

/** Marks the start and the end of a whole Arrow IPC file. */
const MAGIC = "ARROW1";

/** The rows of one Arrow IPC file. */
export class ResultTable {
  readonly #table: Table;
  readonly #file: string;

  /** Reads the bytes of `file`, whose name goes into messages. */
  constructor(bytes: Uint8Array, file: string) {
    this.#file = file;
    if (!isWhole(bytes)) throw this.#problem("is cut off, or no Arrow file");
    this.#table = this.#read(() => loadArrow().tableFromIPC(bytes));
    // Before room is made for the rows that a damaged file says it has.
    if (this.rowCount > bytes.length) throw this.#problem("is damaged");
  }

  get rowCount(): number {
    return this.#table.numRows;
  }

  /** A column of numbers; NaN where a value is absent. */
  numbers(name: string): Float64Array {
    return this.#read(() => this.#numbers(name));
  }

  /** A column of strings that repeat. */
  texts(name: string): CodedTexts {
    return this.#read(() => this.#texts(name));
  }

  /** A column of texts that may all differ. */
  strings(name: string): string[] {
    return this.#read(() => {
      const vector = this.#column(name);
      if (!loadArrow().DataType.isUtf8(vector.type)) {
        throw this.#problem(`has no texts in its column "${name}"`);
      }
      return [...vector].map(String);
    });
  }

  /** The names of the columns. */
  get columnNames(): string[] {
    return this.#table.schema.fields.map(({ name }) => name);
  }

  #numbers(name: string): Float64Array {
    const vector = this.#column(name);
    const numbers = new Float64Array(this.rowCount);
    let start = 0;
    for (const { values, length, nullCount, getValid, dictionary } of chunksOf(vector)) {
      const isNumeric = values instanceof Float64Array || values instanceof Int32Array;
      if (!isNumeric || dictionary !== undefined) {
        throw this.#problem(`has no numbers in its column "${name}"`);
      }
      if (values.length < length) throw this.#problem("is damaged");
      numbers.set(values.subarray(0, length), start);
      for (let row = 0; nullCount > 0 && row < length; row++) {
        if (!getValid(row)) numbers[start + row] = Number.NaN;
      }
      start += length;
    }
    return numbers;
  }

  #texts(name: string): CodedTexts {
    const vector = this.#column(name);
    const positions = new Map<string, number>();
    const codes = new Uint32Array(this.rowCount);
    let start = 0;
    for (const { values, length, dictionary } of chunksOf(vector)) {
      // Older directories have unsigned positions.
      const isCoded = values instanceof Int32Array || values instanceof Uint32Array;
      if (!isCoded || dictionary === undefined) {
        throw this.#problem(`has no names in its column "${name}"`);
      }
      const own = [...dictionary].map((value) => {
        const text = String(value);
        if (!positions.has(text)) positions.set(text, positions.size);
        return positions.get(text)!;
      });
      for (let row = 0; row < length; row++) {
        const code = own[values[row]!];
        if (code === undefined) throw this.#problem("is damaged");
        codes[start + row] = code;
      }
      start += length;
    }
    return { values: [...positions.keys()], codes };
  }

  /** What fails in the library fails for damage of the file. */
  #read<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw error instanceof UserError ? error : this.#problem("is damaged");
    }
  }

  #column(name: string): Vector {
    const vector = this.#table.getChild(name);
    if (vector === null) throw this.#problem(`has no column "${name}"`);
    return vector;
  }

  #problem(what: string): UserError {
    return new UserError(`"${this.#file}" ${what}`, { hint: HINT });
  }
}

/** Part of a column. */
interface Chunk {
  readonly values: unknown;
  readonly length: number;
  readonly nullCount: number;
  readonly getValid: (row: number) => boolean;
  readonly dictionary: Vector | undefined;
}

function chunksOf(vector: Vector<DataType>): Chunk[] {
  return vector.data.map((data) => ({
    values: data.values,
    length: data.length,
    nullCount: data.nullCount,
    getValid: (row) => data.getValid(row),
    dictionary: data.dictionary,
  }));
}

function isWhole(bytes: Uint8Array): boolean {
  const text = (part: Uint8Array) => String.fromCharCode(...part);
  return (
    bytes.length > 2 * MAGIC.length &&
    text(bytes.subarray(0, MAGIC.length)) === MAGIC &&
    text(bytes.subarray(-MAGIC.length)) === MAGIC
  );
}
