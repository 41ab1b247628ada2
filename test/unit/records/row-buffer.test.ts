import { describe, expect, test } from "vitest";
import {
  CHUNK_ROWS,
  DictionaryColumn,
  Float64Column,
  Int32Column,
} from "../../../src/records/columns.ts";
import { RowBuffer } from "../../../src/records/row-buffer.ts";

function exampleColumns() {
  return {
    count: new Int32Column(),
    time: new Float64Column({ nullable: true }),
    name: new DictionaryColumn(),
  };
}

describe("RowBuffer", () => {
  test("its columns are those that values appended one by one give", () => {
    const expected = exampleColumns();
    const columns = exampleColumns();
    const rows = new RowBuffer([columns.count, columns.time, columns.name]);
    const rowCount = CHUNK_ROWS + 1500;
    for (let row = 0; row < rowCount; row++) {
      const time = row % 3 === 0 ? Number.NaN : row / 8;
      const name = `name ${row % 5}`;
      expected.count.append(row);
      expected.time.append(time);
      expected.name.append(name);
      rows.begin();
      rows.add(row);
      rows.add(time);
      rows.add(columns.name.codeOf(name));
      // Reading in between changes nothing.
      if (row === 700) rows.flush();
    }
    expect(rows.length).toBe(rowCount);
    rows.flush();
    expect(rows.length).toBe(rowCount);
    for (const key of ["count", "time", "name"] as const) {
      expect(columns[key].length).toBe(rowCount);
      expect(columns[key].chunks).toEqual(expected[key].chunks);
    }
    expect(columns.name.values).toEqual(expected.name.values);
  });

  test("refuses what its columns refuse, and rows that are not whole", () => {
    const flushed = (...values: number[]) => {
      const rows = new RowBuffer([new Int32Column(), new Float64Column()]);
      rows.begin();
      for (const value of values) rows.add(value);
      return () => rows.flush();
    };
    expect(flushed(1, 0.5)).not.toThrow();
    expect(flushed(0.5, 1)).toThrow("32-bit");
    expect(flushed(1, Number.NaN)).toThrow("without nulls");
    expect(flushed(1)).toThrow("a value for each column");
  });
});
