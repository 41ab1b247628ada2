/** Files that appear whole or not at all. */

import { execFileSync } from "node:child_process";
import {
  constants,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UserError } from "../../../src/errors.ts";
import { writeOutput, writeWhole } from "../../../src/records/whole-file.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "whole-file-"));
});

afterEach(() => rmSync(directory, { recursive: true }));

const plan = { what: "the plan", option: "--out" };

test("a file takes the place of what was there, and folders on the way are made", () => {
  const path = join(directory, "a", "b", "plan.yaml");
  writeOutput(path, "first", plan);
  writeOutput(path, "second", plan);
  expect(readFileSync(path, "utf8")).toBe("second");
  expect(readdirSync(join(directory, "a", "b"))).toEqual(["plan.yaml"]);
});

test("a link stays one, and what it names is written", () => {
  const path = join(directory, "plan.yaml");
  const link = join(directory, "link.yaml");
  writeFileSync(path, "first");
  symlinkSync(path, link);
  writeWhole(link, "second");
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(path, "utf8")).toBe("second");
});

test("a pipe stays one, and its reader gets the text", () => {
  const pipe = join(directory, "pipe");
  execFileSync("mkfifo", [pipe]);
  const reader = openSync(pipe, constants.O_RDWR);
  writeWhole(pipe, "text");
  const got = Buffer.alloc(16);
  expect(got.toString("utf8", 0, readSync(reader, got))).toBe("text");
  expect(lstatSync(pipe).isFIFO()).toBe(true);
});

test("where nothing can be written, the error names the file, and nothing is left", () => {
  mkdirSync(join(directory, "plan.yaml"));
  writeFileSync(join(directory, "file"), "");
  for (const name of ["plan.yaml", join("file", "plan.yaml")]) {
    const path = join(directory, name);
    const write = () => writeOutput(path, "text", plan);
    expect(write).toThrow(UserError);
    expect(write).toThrow(`cannot write the plan "${path}": E`);
    expect(write).not.toThrow(/\.plan\.yaml\./);
  }
  expect(readdirSync(directory).sort()).toEqual(["file", "plan.yaml"]);
});
