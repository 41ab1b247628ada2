import { describe, expect, test } from "vitest";
import {
  CHUNK_ROWS,
  DictionaryColumn,
  Float64Column,
  Int32Column,
  TextColumn,
  TimeColumn,
} from "../../../src/records/columns.ts";

describe("Float64Column", () => {
  test("starts a chunk only when a row needs it", () => {
    const column = new Float64Column();
    expect(column.chunks).toHaveLength(0);
    for (let row = 0; row < CHUNK_ROWS; row++) column.append(row);
    expect(column.chunks).toHaveLength(1);
    column.append(0.5);
    expect(column.chunks).toHaveLength(2);
    expect(column.length).toBe(CHUNK_ROWS + 1);
    expect(column.chunks[0]![CHUNK_ROWS - 1]).toBe(CHUNK_ROWS - 1);
    expect(column.chunks[1]![0]).toBe(0.5);
  });

  test("takes an absent value only when nullable", () => {
    const nullable = new Float64Column({ nullable: true });
    nullable.append(Number.NaN);
    expect(nullable.chunks[0]![0]).toBe(Number.NaN);
    expect(() => new Float64Column().append(Number.NaN)).toThrow("without nulls");
  });
});

describe("TimeColumn", () => {
  test("turns ticks into seconds, negative ones into an absent value where it may", () => {
    const nullable = new TimeColumn({ nullable: true });
    nullable.append(-1);
    nullable.append(4e9);
    expect([...nullable.chunks[0]!.subarray(0, 2)]).toEqual([Number.NaN, 0.5]);
    expect(() => new TimeColumn().append(-1)).toThrow("without nulls");
  });
});

describe("Int32Column", () => {
  test("refuses what 32 bits cannot hold", () => {
    const column = new Int32Column();
    column.append(-(2 ** 31));
    column.append(2 ** 31 - 1);
    expect(column.length).toBe(2);
    for (const value of [2 ** 31, 0.5, Number.NaN]) {
      expect(() => column.append(value)).toThrow("32-bit");
    }
    expect(column.length).toBe(2);
  });
});

describe("string columns", () => {
  test("a dictionary keeps the order of first use", () => {
    const column = new DictionaryColumn();
    for (const value of ["b", "a", "b", "__proto__", "a"]) column.append(value);
    expect(column.values).toEqual(["b", "a", "__proto__"]);
    expect([...column.chunks[0]!.subarray(0, column.length)]).toEqual([0, 1, 0, 2, 1]);
  });

  test("text is kept as it is", () => {
    const column = new TextColumn();
    const values = ["x", "", "x", "long ".repeat(2000), "日本", "last"];
    for (const value of values) column.append(value);
    const { bytes, offsets } = column.chunks[0]!;
    const textAt = (row: number) =>
      Buffer.from(bytes.subarray(offsets[row], offsets[row + 1])).toString();
    expect(values.map((_, row) => textAt(row))).toEqual(values);
    expect(column.length).toBe(values.length);
  });
});
