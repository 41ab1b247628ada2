/**
 * Columns of numbers, and every way in which a file may be wrong, with its place.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import {
  NOT_NEGATIVE,
  readCsvFile,
  readCsvHeader,
  readCsvTable,
  WHOLE_NUMBER,
} from "../../../src/config/csv-file.ts";
import { errorsOf } from "./errors-of.ts";

const folder = mkdtempSync(join(tmpdir(), "sim-csv-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Reads a file with a count `n` and a time `t`. */
function read(content: string | Buffer, name = "file.csv") {
  const path = join(folder, name);
  writeFileSync(path, content);
  return readCsvFile(path, { n: WHOLE_NUMBER, t: NOT_NEGATIVE });
}

describe("a CSV file", () => {
  test.each([
    ["as it is", "n,t\n1,0.5\n20,1e-3\n"],
    ["without an end of the last line", "n,t\n1,0.5\n20,1e-3"],
    ["from elsewhere", "\uFEFFn,t\r\n1,0.5\r\n20,1e-3\r\n"],
    ["with blanks and more columns", "name, t ,n\nx, 0.5,1\ny,1e-3 , 20\n"],
  ])("is read %s", (_, text) => {
    expect(read(text)).toEqual({
      n: Float64Array.of(1, 20),
      t: Float64Array.of(0.5, 0.001),
    });
  });

  test("is read compressed, in full precision", () => {
    const { t } = read(gzipSync("n,t\n0,0.012000000000000009\n"), "file.csv.gz");
    expect(t[0]).toBe(0.012000000000000009);
  });

  test.each([
    ["", ":1 no columns n, t"],
    ["n,x\n1,2\n", ":1 the column t is missing"],
    ["n,t\n", " there are no rows after the names of the columns"],
    ["n,t\n1\n", ":2 1 values, and 2 columns in the first line"],
    ["n,t\n\n1,1\n", ":2 1 values, and 2 columns in the first line"],
    ["n,t\n1,2\n1.5,2\n", ':3:1 n: expected a whole number, 0 or more, got "1.5"'],
    ["n,t\n1,-2\n", ':2:3 t: expected a number, 0 or more, got "-2"'],
    ["n,t\n1,Infinity\n", ':2:3 t: expected a number, 0 or more, got "Infinity"'],
    ["n,t\n1,\n", ':2:3 t: expected a number, 0 or more, got ""'],
    ['n,t\n1,"2"\n', ':2:3 t: expected a number, 0 or more, got ""2""'],
  ])("that is wrong is shown with its place: %j", (text, message) => {
    const errors = errorsOf(() => read(text));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(`file.csv${message}`);
  });

  test("shows every wrong value up to ten, and no more", () => {
    expect(errorsOf(() => read("n,t\nx,1\n1,1\n1,y\n"))).toHaveLength(2);
    expect(errorsOf(() => read(`n,t\n${"x,y\n".repeat(40)}`))).toHaveLength(10);
  });

  test("that is not there, or not compressed, is an error of the user's", () => {
    const none = join(folder, "none.csv");
    expect(errorsOf(() => readCsvFile(none, { n: WHOLE_NUMBER }))[0]).toMatch(/no such file/);
    expect(errorsOf(() => read("n,t\n1,2\n", "plain.csv.gz"))[0]).toMatch(/not a gzip file/);
  });
});

describe("a CSV file with texts", () => {
  const path = join(folder, "texts.csv");
  writeFileSync(path, "name,n, note\nab , 1,\nc,20, long text\n");

  test("has them without blanks around them, and may leave them empty", () => {
    const { rowCount, numbers, texts } = readCsvTable(path, { n: WHOLE_NUMBER }, ["name", "note"]);
    expect([rowCount, texts]).toEqual([2, { name: ["ab", "c"], note: ["", "long text"] }]);
    expect(numbers.n).toEqual(Float64Array.of(1, 20));
  });

  test("says where a value stands, in characters from 1", () => {
    const { locate } = readCsvTable(path, { n: WHOLE_NUMBER }, ["name", "note"]);
    expect(locate(0, "n")).toMatchObject({ line: 2, column: 5 });
    expect(locate(1, "name")).toMatchObject({ line: 3, column: 1 });
    expect(locate(1, "note")).toMatchObject({ line: 3, column: 6 });
  });

  test("names its columns, also compressed or empty", () => {
    expect(readCsvHeader(path)).toEqual(["name", "n", "note"]);
    writeFileSync(join(folder, "c.csv.gz"), gzipSync("\uFEFFa,b\r\n1,2\r\n"));
    expect(readCsvHeader(join(folder, "c.csv.gz"))).toEqual(["a", "b"]);
    writeFileSync(join(folder, "empty.csv"), "");
    expect(readCsvHeader(join(folder, "empty.csv"))).toEqual([""]);
    expect(errorsOf(() => readCsvHeader(folder))[0]).toMatch(/ is a directory/);
  });
});
