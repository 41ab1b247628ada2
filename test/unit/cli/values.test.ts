/**
 * Values of options: what is accepted, and messages that name the option and show a right value.
 */

import { describe, expect, test } from "vitest";
import {
  parseCount,
  parseDuration,
  parseModels,
  parseRate,
  parseWarmup,
} from "../../../src/cli/values.ts";
import { UserError } from "../../../src/errors.ts";

/** Message and hint of what `parse` throws. */
function errorOf(parse: () => unknown): string {
  try {
    parse();
  } catch (error) {
    if (error instanceof UserError) return `${error.message}; ${error.hint}`;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("parseRate", () => {
  test.each([
    ["2", 2],
    ["0.5", 0.5],
    ["1e-3", 0.001],
    ["2/s", 2],
  ])("takes %s", (text, rate) => expect(parseRate("--rate", text)).toBe(rate));

  test.each(["-1", "0", "", "Infinity", "fast", "2/h/s", "NaN"])("refuses %j", (text) => {
    const error = errorOf(() => parseRate("--rate", text));
    expect(error).toContain(`--rate: "${text}" is not valid`);
    expect(error).toContain("such as 2 or 2/s");
  });
});

describe("parseCount", () => {
  test("takes whole numbers from its minimum on", () => {
    expect(parseCount("--seed", "0", 0)).toBe(0);
    expect(parseCount("--executions", "12", 1)).toBe(12);
  });

  test.each(["0", "-1", "1.5", "1e3", "", "99999999999999999999", "a"])("refuses %j", (text) => {
    expect(errorOf(() => parseCount("--executions", text, 1))).toContain("at least 1");
  });
});

describe("parseDuration", () => {
  test("takes times with a unit", () => {
    expect(parseDuration("--sample", "500 ms")).toBe(0.5);
    expect(parseDuration("--sample", "2s")).toBe(2);
  });

  test.each(["0 s", "5", "-1 s", "1 GB"])("refuses %j", (text) => {
    expect(errorOf(() => parseDuration("--sample", text))).toContain("--sample");
  });
});

describe("parseWarmup", () => {
  test("takes a part of the arrivals, or a time", () => {
    expect(parseWarmup("--warmup", "10%")).toEqual({ fraction: 0.1 });
    expect(parseWarmup("--warmup", "0 %")).toEqual({ fraction: 0 });
    expect(parseWarmup("--warmup", "30 s")).toEqual({ seconds: 30 });
  });

  test.each(["100%", "-5%", "0.1"])("refuses %j", (text) => {
    expect(errorOf(() => parseWarmup("--warmup", text))).toContain("--warmup");
  });
});

describe("parseModels", () => {
  test("takes roles with their models, the last one said", () => {
    const pairs = ["a=llama-3.1-8b", "b=./x=y.yaml", "a=qwen2.5-7b"];
    expect([...parseModels("--llm", pairs)]).toEqual([
      ["a", "qwen2.5-7b"],
      ["b", "./x=y.yaml"],
    ]);
  });

  test.each(["llama", "=llama", "a="])("refuses %j", (pair) => {
    expect(errorOf(() => parseModels("--llm", [pair]))).toContain("ROLE=model");
  });
});
