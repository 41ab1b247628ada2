import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UserError } from "../../../src/errors.ts";
import { formatManifest } from "../../../src/records/manifest.ts";
import { checkResultsTarget, writeResults } from "../../../src/records/results-directory.ts";

const MANIFEST = formatManifest({
  version: "0.1.0",
  command: ["run"],
  seeds: [1],
  inputHashes: {},
  wallTimes: {},
  startedAt: "2026-01-02T03:04:05.000Z",
  nodeVersion: "v20.20.2",
});

/** Longer than a file name may be: writing it fails after the files before it. */
const UNWRITABLE_NAME = "x".repeat(300);

let root = "";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "sim-results-"));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function resultsWith(extra: Record<string, Uint8Array | string>): Map<string, Uint8Array | string> {
  return new Map(Object.entries({ "manifest.json": MANIFEST, ...extra }));
}

function failureOf(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("writeResults", () => {
  test("writes text and bytes, with missing parents, and nothing else", () => {
    const target = join(root, "a", "b", "run");
    writeResults(target, resultsWith({ "calls.arrow": Uint8Array.of(1, 2, 255) }));
    expect(readdirSync(target).sort()).toEqual(["calls.arrow", "manifest.json"]);
    expect([...readFileSync(join(target, "calls.arrow"))]).toEqual([1, 2, 255]);
    expect(readdirSync(join(root, "a", "b"))).toEqual(["run"]);
  });

  test("replaces an older results directory entirely", () => {
    const target = join(root, "run");
    writeResults(target, resultsWith({ "old.txt": "old" }));
    writeResults(target, resultsWith({ "new.txt": "new" }));
    expect(readdirSync(target).sort()).toEqual(["manifest.json", "new.txt"]);
    expect(readdirSync(root)).toEqual(["run"]);
  });

  test("a failure leaves the older results and no other trace", () => {
    const target = join(root, "run");
    writeResults(target, resultsWith({ "old.txt": "old" }));
    const broken = resultsWith({ "new.txt": "new", [UNWRITABLE_NAME]: "" });
    expect(failureOf(() => writeResults(target, broken))).toBeInstanceOf(UserError);
    expect(readFileSync(join(target, "old.txt"), "utf8")).toBe("old");
    expect(readdirSync(root)).toEqual(["run"]);
    expect(failureOf(() => writeResults(join(root, "b"), broken))).toBeInstanceOf(UserError);
    expect(readdirSync(root)).toEqual(["run"]);
  });

  test("what a killed process of the same number left is no obstacle", () => {
    const partial = join(root, `.run.partial-${process.pid}`);
    mkdirSync(partial);
    writeFileSync(join(partial, "half.txt"), "");
    writeResults(join(root, "run"), resultsWith({}));
    expect(readdirSync(root)).toEqual(["run"]);
    expect(readdirSync(join(root, "run"))).toEqual(["manifest.json"]);
  });

  test("follows a symbolic link to older results", () => {
    const target = join(root, "run");
    const link = join(root, "latest");
    writeResults(target, resultsWith({}));
    symlinkSync(target, link);
    writeResults(link, resultsWith({ "new.txt": "new" }));
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(existsSync(join(target, "new.txt"))).toBe(true);
  });

  test("results without a manifest, or outside of the directory, are a bug", () => {
    const target = join(root, "run");
    expect(() => writeResults(target, new Map())).toThrow("invariant");
    expect(() => writeResults(target, resultsWith({ "../x": "" }))).toThrow("invariant");
    expect(readdirSync(root)).toEqual([]);
  });
});

describe("checkResultsTarget", () => {
  test("accepts what does not exist and older results, and changes nothing", () => {
    checkResultsTarget(join(root, "a", "b"));
    expect(readdirSync(root)).toEqual([]);
    writeResults(join(root, "run"), resultsWith({}));
    checkResultsTarget(join(root, "run"));
    expect(readdirSync(join(root, "run"))).toEqual(["manifest.json"]);
  });

  test("refuses directories and files that are not ours, as writing does", () => {
    const empty = join(root, "empty");
    const foreign = join(root, "foreign");
    const file = join(root, "file");
    mkdirSync(empty);
    mkdirSync(foreign);
    writeFileSync(join(foreign, "manifest.json"), '{"name":"an app"}');
    writeFileSync(file, "text");
    for (const target of [empty, foreign, file]) {
      for (const action of [checkResultsTarget, writeTo]) {
        const error = failureOf(() => action(target));
        expect(error).toBeInstanceOf(UserError);
        expect((error as UserError).message).toContain("is not a results directory of sim");
        expect((error as UserError).hint).toContain("choose another --out");
      }
    }
    expect(readFileSync(file, "utf8")).toBe("text");
    expect(readdirSync(foreign)).toEqual(["manifest.json"]);
  });

  test("refuses a path below a file and a broken link", () => {
    writeFileSync(join(root, "file"), "text");
    symlinkSync(join(root, "nowhere"), join(root, "link"));
    for (const target of [join(root, "file", "a", "run"), join(root, "link")]) {
      const error = failureOf(() => checkResultsTarget(target));
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).message).toContain(`cannot write results to "${target}"`);
    }
  });

  test.skipIf(process.getuid?.() === 0)("refuses a parent without permission to write", () => {
    const closed = join(root, "closed");
    mkdirSync(closed, { mode: 0o555 });
    const error = failureOf(() => checkResultsTarget(join(closed, "run")));
    chmodSync(closed, 0o755);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain("EACCES");
  });
});

function writeTo(target: string): void {
  writeResults(target, resultsWith({}));
}
