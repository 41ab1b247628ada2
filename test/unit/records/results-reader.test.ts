/** Results directories as they are read, whole and broken. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UserError } from "../../../src/errors.ts";
import { toArrowFile } from "../../../src/records/arrow-file.ts";
import {
  CHUNK_ROWS,
  DictionaryColumn,
  Float64Column,
  Int32Column,
} from "../../../src/records/columns.ts";
import { ResultTable } from "../../../src/records/result-table.ts";
import { ResultsReader } from "../../../src/records/results-reader.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sim-reader-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** More rows than a record batch has. */
const ROWS = CHUNK_ROWS + 3;

async function fileOfRows(): Promise<Uint8Array> {
  const time = new Float64Column({ nullable: true });
  const count = new Int32Column({ nullable: true });
  const name = new DictionaryColumn();
  for (let row = 0; row < ROWS; row++) {
    time.append(row % 5 === 0 ? Number.NaN : row / 4);
    count.append(row % 7 === 0 ? -1 : row);
    name.append(row < CHUNK_ROWS ? `a${row % 2}` : "<b>");
  }
  return toArrowFile({ time, count, name });
}

describe("a table", () => {
  test("is read by column, over all its batches", async () => {
    const table = new ResultTable(await fileOfRows(), "t.arrow");
    expect(table.rowCount).toBe(ROWS);
    const [time, count] = [table.numbers("time"), table.numbers("count")];
    const { values, codes } = table.texts("name");
    for (const row of [0, 1, 7, 10, CHUNK_ROWS - 1, CHUNK_ROWS, ROWS - 1]) {
      expect(time[row]).toBe(row % 5 === 0 ? Number.NaN : row / 4);
      expect(count[row]).toBe(row % 7 === 0 ? Number.NaN : row);
      expect(values[codes[row]!]).toBe(row < CHUNK_ROWS ? `a${row % 2}` : "<b>");
    }
  });

  test("that lacks a column, or has it of another kind, says so", async () => {
    const table = new ResultTable(await fileOfRows(), "t.arrow");
    expect(() => table.numbers("no")).toThrow('"t.arrow" has no column "no"');
    expect(() => table.numbers("name")).toThrow("no numbers in its column");
    expect(() => table.texts("time")).toThrow("no names in its column");
  });

  test("that is cut off anywhere is refused", async () => {
    const bytes = await fileOfRows();
    for (const length of [0, 5, 13, 1000, bytes.length / 2, bytes.length - 1]) {
      const read = () => new ResultTable(bytes.subarray(0, length), "t.arrow");
      expect(read, `${length} bytes`).toThrow(UserError);
    }
  });

  test("whose inside is damaged is read or refused, never a bug", async () => {
    const bytes = await fileOfRows();
    for (let at = 8; at < bytes.length - 8; at += Math.ceil(bytes.length / 40)) {
      const damaged = bytes.slice();
      damaged.fill(0xff, at, at + 4);
      try {
        const table = new ResultTable(damaged, "t.arrow");
        for (const name of ["time", "count"]) table.numbers(name);
        table.texts("name");
      } catch (error) {
        expect(error, `at ${at}`).toBeInstanceOf(UserError);
      }
    }
  });
});

describe("a directory", () => {
  const write = (name: string, content: string) => writeFileSync(join(folder, name), content);
  const MANIFEST = JSON.stringify({
    producer: "sim",
    version: "1",
    command: [],
    seeds: [1],
    input_sha256: {},
    started_at: "",
    node_version: "",
  });

  test("that is not ours is refused", () => {
    expect(() => new ResultsReader(join(folder, "no"))).toThrow("is not a results directory");
    write("manifest.json", "{}");
    expect(() => new ResultsReader(folder)).toThrow("is not a results directory");
    rmSync(join(folder, "manifest.json"));
    mkdirSync(join(folder, "manifest.json"));
    expect(() => new ResultsReader(folder)).toThrow(UserError);
  });

  test("with a missing, cut-off or edited document is refused by the document's name", () => {
    write("manifest.json", MANIFEST);
    expect(() => new ResultsReader(folder)).toThrow(/cannot read ".*summary\.json"/);
    write("summary.json", '{ "workload": "w"');
    expect(() => new ResultsReader(folder)).toThrow("is not JSON");
    write("summary.json", '{ "workload": 3 }');
    expect(() => new ResultsReader(folder)).toThrow("workload: ");
  });
});
