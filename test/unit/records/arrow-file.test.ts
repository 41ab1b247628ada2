import { tableFromIPC } from "apache-arrow";
import { describe, expect, test } from "vitest";
import { toArrowFile } from "../../../src/records/arrow-file.ts";
import {
  CHUNK_ROWS,
  DictionaryColumn,
  Float64Column,
  Int32Column,
  TextColumn,
} from "../../../src/records/columns.ts";

/** One column of each kind; every third number is absent. */
function columnsOf(rowCount: number) {
  const columns = {
    time: new Float64Column({ nullable: true }),
    replica: new Int32Column({ nullable: true }),
    role: new DictionaryColumn(),
    hash: new TextColumn(),
    status: new DictionaryColumn(),
  };
  for (let row = 0; row < rowCount; row++) {
    const isAbsent = row % 3 === 2;
    columns.time.append(isAbsent ? Number.NaN : row / 8);
    columns.replica.append(isAbsent ? -1 : row);
    // A new string appears late, so that the dictionary is longer than a first chunk needs.
    columns.role.append(row >= CHUNK_ROWS ? "late" : `role ${row % 2}`);
    columns.hash.append(`#${row}`);
    columns.status.append("completed");
  }
  return columns;
}

describe("toArrowFile", () => {
  test.each([0, 1, 7, CHUNK_ROWS - 1, CHUNK_ROWS, CHUNK_ROWS + 9])("%i rows", async (rowCount) => {
    const table = tableFromIPC(await toArrowFile(columnsOf(rowCount)));
    expect(table.numRows).toBe(rowCount);
    expect(table.schema.names).toEqual(["time", "replica", "role", "hash", "status"]);
    const [time, replica, role, hash, status] = table.schema.names.map((name) =>
      table.getChild(name as string),
    );
    expect(time!.nullCount).toBe(Math.floor(rowCount / 3));
    for (let row = 0; row < rowCount; row += row > 20 && row < CHUNK_ROWS - 20 ? 997 : 1) {
      const isAbsent = row % 3 === 2;
      expect(time!.get(row)).toBe(isAbsent ? null : row / 8);
      expect(replica!.get(row)).toBe(isAbsent ? null : row);
      expect(role!.get(row)).toBe(row >= CHUNK_ROWS ? "late" : `role ${row % 2}`);
      expect(hash!.get(row)).toBe(`#${row}`);
      expect(status!.get(row)).toBe("completed");
    }
  });

  test("the same bytes again, whatever was written before", async () => {
    const columns = columnsOf(CHUNK_ROWS + 9);
    const first = await toArrowFile(columns);
    await toArrowFile(columnsOf(5));
    expect(Buffer.compare(await toArrowFile(columns), first)).toBe(0);
    expect(Buffer.compare(await toArrowFile(columnsOf(CHUNK_ROWS + 9)), first)).toBe(0);
  });

  test("nullability is the column's, not the data's", async () => {
    const columns = { a: new Float64Column({ nullable: true }), b: new Int32Column() };
    columns.a.append(1);
    columns.b.append(-1);
    const table = tableFromIPC(await toArrowFile(columns));
    expect(table.schema.fields.map((field) => field.nullable)).toEqual([true, false]);
    expect(table.toArray().map((row) => row?.toJSON())).toEqual([{ a: 1, b: -1 }]);
  });

  test("strings that repeat have signed positions, whole in the first batch", async () => {
    const table = tableFromIPC(await toArrowFile(columnsOf(CHUNK_ROWS + 9)));
    for (const name of ["role", "status"]) {
      const { type, data } = table.getChild(name)!;
      expect(String(type.indices)).toBe("Int32");
      const sizes = data.map(({ dictionary }) => dictionary!.length);
      expect(new Set(sizes).size).toBe(1);
    }
  });

  test("texts of any characters", async () => {
    const texts = ["", "ä", "plain", "日本", "\ud83d", "\ude00", "😀", "\u0000"];
    const column = new TextColumn();
    for (const text of texts) column.append(text);
    const table = tableFromIPC(await toArrowFile({ column }));
    // Halves of a character are written as the sign for none.
    const written = texts.map((text) => Buffer.from(text).toString());
    expect([...table.getChild("column")!]).toEqual(written);
  });

  test("columns of different length are a bug", async () => {
    const columns = { a: new Int32Column(), b: new Int32Column() };
    columns.a.append(1);
    await expect(toArrowFile(columns)).rejects.toThrow("differ in length");
  });
});
