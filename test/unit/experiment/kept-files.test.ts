import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { boundFolder, keptKeys, readKept, writeKept } from "../../../src/experiment/kept-files.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sim-kept-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Makes a file look used so many seconds ago. */
function age(name: string, seconds: number): void {
  const time = Date.now() / 1000 - seconds;
  utimesSync(join(folder, name), time, time);
}

describe("kept files", () => {
  test("read back what was written last, and leave nothing else", () => {
    const below = join(folder, "not/yet");
    expect([readKept(below, "a"), keptKeys(below).size]).toEqual([undefined, 0]);
    writeKept(below, "a", { value: 1 });
    writeKept(below, "a", { value: 2 });
    expect(readKept(below, "a")).toEqual({ value: 2 });
    expect(readdirSync(below)).toEqual(["a.json"]);
    expect([...keptKeys(below)]).toEqual(["a"]);
  });

  test("a damaged file is as good as none", () => {
    writeFileSync(join(folder, "a.json"), '{ "value": ');
    expect(readKept(folder, "a")).toBeUndefined();
  });

  test("the ones used longest ago go first, spared ones never", () => {
    ["a", "b", "c", "d"].forEach((key, index) => {
      writeKept(folder, key, "x".repeat(97));
      age(`${key}.json`, 1000 - index);
    });
    readKept(folder, "b");
    boundFolder(folder, 250, new Set(["a"]));
    expect([...keptKeys(folder)].sort()).toEqual(["a", "b"]);
  });

  test("what killed processes left is removed, what is being written is not", () => {
    writeFileSync(join(folder, ".a.1-0"), "{");
    writeFileSync(join(folder, ".b.2-0"), "{");
    age(".a.1-0", 3600);
    expect(keptKeys(folder).size).toBe(0);
    boundFolder(folder, 1000);
    expect(readdirSync(folder)).toEqual([".b.2-0"]);
  });
});
