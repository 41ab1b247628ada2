/**
 * Columns as the viewer's server sends them and its page reads them: the length of a header, the
 * header as JSON, then the numbers of each column as they lie in memory. Nothing is parsed but the
 * header, and a column of a message is a view of its bytes.
 */

/** Rows of a table, or of a part of one. */
export interface ColumnMessage {
  readonly columns: Readonly<Record<string, NumberColumn>>;
  /** Lists of texts to which numbers refer. */
  readonly texts: Readonly<Record<string, readonly string[]>>;
}

/** A column of numbers. */
export type NumberColumn = Float64Array | Float32Array | Int32Array | Uint16Array | Uint8Array;

const KINDS = { Float64Array, Float32Array, Int32Array, Uint16Array, Uint8Array } as const;

interface Header {
  /** Name, kind and count of each column, in order. */
  readonly columns: readonly (readonly [string, keyof typeof KINDS, number])[];
  readonly texts: Readonly<Record<string, readonly string[]>>;
}

const LENGTH_BYTES = 4;

/** Columns start where any kind of number may. */
const ALIGNMENT = 8;

const aligned = (offset: number) => Math.ceil(offset / ALIGNMENT) * ALIGNMENT;

/** The bytes of a message. */
export function encodeColumns({ columns, texts }: ColumnMessage): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(columns);
  const header: Header = {
    columns: entries.map(([name, values]) => [name, kindOf(values), values.length]),
    texts,
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = aligned(LENGTH_BYTES + text.length);
  const size = entries.reduce((sum, [, values]) => sum + aligned(values.byteLength), start);
  const bytes = new Uint8Array(size);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, LENGTH_BYTES);
  let offset = start;
  for (const [, values] of entries) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset);
    offset += aligned(values.byteLength);
  }
  return bytes;
}

/** The message in `buffer`. */
export function decodeColumns(buffer: ArrayBuffer): ColumnMessage {
  const length = new DataView(buffer).getUint32(0, true);
  const text = new TextDecoder().decode(new Uint8Array(buffer, LENGTH_BYTES, length));
  const header = JSON.parse(text) as Header;
  const columns: Record<string, NumberColumn> = {};
  let offset = aligned(LENGTH_BYTES + length);
  for (const [name, kind, count] of header.columns) {
    const values = new KINDS[kind](buffer, offset, count);
    columns[name] = values;
    offset += aligned(values.byteLength);
  }
  return { columns, texts: header.texts };
}

function kindOf(values: NumberColumn): keyof typeof KINDS {
  return values.constructor.name as keyof typeof KINDS;
}
