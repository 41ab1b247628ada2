import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UserError } from "../../../src/errors.ts";
import { measuredScatter } from "../../../src/report/measured-scatter.ts";
import { renderPng } from "../../../src/report/render-png.ts";
import { writePicture } from "../../../src/report/write-picture.ts";

const SVG = measuredScatter({
  title: "Decode",
  quantity: "iteration time",
  groups: [{ name: "a", points: [{ measured: 1, simulated: 1.1 }] }],
});

let root = "";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "sim-picture-"));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

describe("renderPng", () => {
  test("is twice as large as the SVG", () => {
    const png = Buffer.from(renderPng(SVG));
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    const [, width, height] = /width="([\d.]+)" height="([\d.]+)"|$/.exec(
      SVG.replace(/height="([\d.]+)" width="([\d.]+)"/, 'width="$2" height="$1"'),
    )!;
    expect(png.readUInt32BE(16)).toBe(2 * Number(width));
    expect(Math.abs(png.readUInt32BE(20) - 2 * Number(height))).toBeLessThanOrEqual(2);
  });

  test("draws text, in both weights", () => {
    const without = (pattern: RegExp) => renderPng(SVG.replace(pattern, ""));
    const png = renderPng(SVG);
    const bare = without(/<text[^>]*>[^<]*<\/text>/g);
    expect(bare.length).toBeLessThan(0.7 * png.length);
    const regular = renderPng(SVG.replace(/ font-weight="600"/g, ""));
    expect(Buffer.from(regular).equals(png)).toBe(false);
    expect(Buffer.from(renderPng(SVG)).equals(png)).toBe(true);
  });
});

describe("writePicture", () => {
  test("writes both files, with missing directories, and nothing else", () => {
    const directory = join(root, "a", "b");
    const paths = writePicture(directory, "decode", SVG);
    expect(paths).toEqual({
      svg: join(directory, "decode.svg"),
      png: join(directory, "decode.png"),
    });
    expect(readdirSync(directory).sort()).toEqual(["decode.png", "decode.svg"]);
    expect(readFileSync(paths.svg, "utf8")).toBe(SVG);
    expect(readFileSync(paths.png).equals(renderPng(SVG))).toBe(true);
  });

  test("replaces older pictures", () => {
    writeFileSync(join(root, "decode.svg"), "old");
    writePicture(root, "decode", SVG);
    expect(readFileSync(join(root, "decode.svg"), "utf8")).toBe(SVG);
  });

  test("refuses what it cannot write, and leaves nothing behind", () => {
    const file = join(root, "file");
    writeFileSync(file, "");
    expect(() => writePicture(join(file, "in"), "decode", SVG)).toThrow(UserError);
    expect(() => writePicture(root, "x".repeat(300), SVG)).toThrow(UserError);
    expect(readdirSync(root)).toEqual(["file"]);
    expect(() => writePicture(root, "../decode", SVG)).toThrow(/invariant/);
    expect(existsSync(join(root, "..", "decode.svg"))).toBe(false);
  });

  test("writes nothing when the picture cannot be drawn", () => {
    expect(() => writePicture(root, "decode", "<svg")).toThrow();
    expect(readdirSync(root)).toEqual([]);
  });
});
