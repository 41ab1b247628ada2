import { describe, expect, test } from "vitest";
import {
  CHUNK_ROWS,
  DictionaryColumn,
  Float64Column,
  Int32Column,
  TimeColumn,
} from "../../../src/records/columns.ts";
import { RowBuffer } from "../../../src/records/row-buffer.ts";

function exampleColumns() {
  return {
    count: new Int32Column(),
    part: new Float64Column({ nullable: true }),
    time: new TimeColumn({ nullable: true }),
    name: new DictionaryColumn(),
  };
}

describe("RowBuffer", () => {
  test("its columns are those that values appended one by one give", () => {
    const expected = exampleColumns();
    const columns = exampleColumns();
    const rows = new RowBuffer([columns.count, columns.part, columns.time, columns.name]);
    const rowCount = CHUNK_ROWS + 1500;
    for (let row = 0; row < rowCount; row++) {
      const part = row % 3 === 0 ? Number.NaN : row / 8;
      const time = row % 5 === 0 ? -1 : 8e6 * row;
      const name = `name ${row % 5}`;
      expected.count.append(row);
      expected.part.append(part);
      expected.time.append(time);
      expected.name.append(name);
      rows.cells.set([row, part, time, columns.name.codeOf(name)], rows.begin());
      // Reading in between changes nothing.
      if (row === 700) rows.flush();
    }
    expect(rows.length).toBe(rowCount);
    rows.flush();
    expect(rows.length).toBe(rowCount);
    for (const key of ["count", "part", "time", "name"] as const) {
      expect(columns[key].length).toBe(rowCount);
      const bytes = expected[key].chunks.map((chunk) => Buffer.from(chunk.buffer));
      expect(columns[key].chunks).toHaveLength(bytes.length);
      columns[key].chunks.forEach((chunk, index) => {
        expect(bytes[index]!.equals(Buffer.from(chunk.buffer))).toBe(true);
      });
    }
    expect(columns.name.values).toEqual(expected.name.values);
  });

  test("refuses what its columns refuse, and rows that are not whole", () => {
    const flushed = (...values: number[]) => {
      const rows = new RowBuffer([new Int32Column(), new Float64Column(), new TimeColumn()]);
      rows.cells.set([0, 0, 0], rows.begin());
      rows.flush();
      rows.cells.set(values, rows.begin());
      return () => rows.flush();
    };
    expect(flushed(1, 0.5, 4)).not.toThrow();
    expect(flushed(0.5, 1, 4)).toThrow("32-bit");
    expect(flushed(1, Number.NaN, 4)).toThrow("without nulls");
    expect(flushed(1, 0.5, -1)).toThrow("without nulls");
    expect(flushed(1)).toThrow("without nulls");
    expect(flushed()).toThrow("32-bit");
    for (const column of [new TimeColumn({ nullable: true }), new DictionaryColumn()]) {
      const rows = new RowBuffer([column]);
      rows.begin();
      expect(() => rows.flush()).toThrow();
    }
  });
});
