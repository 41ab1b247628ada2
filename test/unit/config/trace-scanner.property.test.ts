/**
 * The scanner of trace lines reads what JSON.parse reads, or nothing.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TraceScanner } from "../../../src/config/trace-scanner.ts";

const NAMES = Object.keys(new TraceScanner().row);

/** What a scanner makes of a line that stands somewhere in a text; undefined for nothing. */
function scanned(line: string, scanner = new TraceScanner()): object | undefined {
  const text = `{"model":"no"}\n${line}\n{"role":"no"}`;
  const start = text.indexOf("\n") + 1;
  if (!scanner.scan(text, start, start + line.length)) return undefined;
  return Object.fromEntries(Object.entries(scanner.row).filter(([, value]) => value !== undefined));
}

const plainValue = fc.oneof(
  fc.stringMatching(/^[\w/ .-]{0,12}$/),
  fc.nat(),
  fc.nat().map((number) => number / 1000),
);
const anyValue = fc.oneof(plainValue, fc.string(), fc.double(), fc.constant(null));
const rowOf = (value: fc.Arbitrary<string | number | null>) =>
  fc.dictionary(fc.constantFrom(...NAMES), value, { minKeys: 1 });
const space = fc.constantFrom("", " ", "  ");

describe("a scanned line", () => {
  test("is what the parser makes of it, with any spaces", () => {
    let hits = 0;
    fc.assert(
      fc.property(
        fc.oneof(rowOf(plainValue), rowOf(anyValue)),
        space,
        space,
        (row, before, after) => {
          const fields = Object.entries(row).map(
            ([key, value]) => `${before}"${key}"${after}:${before}${JSON.stringify(value)}${after}`,
          );
          const line = `{${fields.join(",")}}${after}`;
          const found = scanned(line);
          if (found === undefined) return;
          hits++;
          expect(found).toEqual(JSON.parse(line));
        },
      ),
      { numRuns: 2000 },
    );
    expect(hits).toBeGreaterThan(900);
  });

  test("is no line that the parser refuses", () => {
    fc.assert(
      fc.property(
        rowOf(anyValue),
        fc.nat(200),
        fc.string({ maxLength: 2 }),
        (row, at, inserted) => {
          const line = JSON.stringify(row);
          const cut = at % line.length;
          const changed = line.slice(0, cut) + inserted + line.slice(cut + 1);
          const found = scanned(changed);
          if (found !== undefined) expect(found).toEqual(JSON.parse(changed));
        },
      ),
      { numRuns: 5000 },
    );
  });

  test.each([
    '{"model":"a","input_length":512,"timestamp":83.935}',
    '{ "session_id" : "s" , "delay" : 0.1 }',
    '{"timestamp":123456789012.345}\r',
    '{"model":"","model":"b"}',
  ])("%j is read", (line) => expect(scanned(line)).toEqual(JSON.parse(line)));

  test.each([
    '{"model":"a\\n"}',
    '{"delay":-1}',
    '{"delay":1e3}',
    '{"delay":01}',
    '{"delay":1.}',
    '{"delay":.5}',
    '{"delay":12345678901234567890}',
    '{"role":null}',
    '{"wait_for":["x"]}',
    '{"delay":1,}',
    '{"delay":1',
    '{"delay":1}}',
    '{"delay":1 2}',
    '{"delay"}',
    "{}",
    "[]",
    "",
  ])("%j is left to the parser", (line) => expect(scanned(line)).toBeUndefined());

  test("forgets the line before", () => {
    const scanner = new TraceScanner();
    expect(scanned('{"model":"a","role":"r"}', scanner)).toEqual({ model: "a", role: "r" });
    expect(scanned('{"role":"q"}', scanner)).toEqual({ role: "q" });
  });
});
