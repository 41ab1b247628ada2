/** Inferred waits: no circles, nothing twice, and the recorded starts come out again. */

import fc from "fast-check";
import { expect, test } from "vitest";
import {
  inferPredecessors,
  type RecordedCall,
  writeSession,
} from "../../../src/trace-import/dependencies.ts";
import type { ImportedCall } from "../../../src/trace-import/import-format.ts";

const nothing = { note: () => {} };

const sessions = fc
  .array(
    fc.record({
      start: fc.integer({ min: 0, max: 1000 }),
      duration: fc.integer({ min: 0, max: 300 }),
      reads: fc.array(fc.nat({ max: 20 }), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 20 },
  )
  .map((calls) =>
    calls.map(({ start, duration, reads }, index): RecordedCall => {
      return {
        id: String(index),
        model: "m",
        start,
        end: start + duration,
        input: 1,
        output: 1,
        messages: reads.map((other) => `<${other}>`),
        answer: `<${index}>`,
      };
    }),
  );

const tools = fc.array(
  fc.record({ start: fc.integer({ min: 0, max: 1000 }), length: fc.integer({ min: 1, max: 99 }) }),
  { maxLength: 10 },
);

test("waits are for earlier calls that had ended, and none is implied by others", () => {
  fc.assert(
    fc.property(sessions, (calls) => {
      const sorted = [...calls].sort((a, b) => a.start - b.start || a.end - b.end);
      const waits = inferPredecessors(sorted, nothing);
      const reaches = (from: number, to: number): boolean =>
        waits[from]!.some((other) => other === to || reaches(other, to));
      waits.forEach((own, index) => {
        for (const other of own) {
          expect(other).toBeLessThan(index);
          expect(sorted[other]!.end).toBeLessThanOrEqual(sorted[index]!.start);
          expect(own.some((third) => third !== other && reaches(third, other))).toBe(false);
        }
      });
    }),
  );
});

test("with the recorded durations every call starts when it did", () => {
  fc.assert(
    fc.property(sessions, tools, (calls, between) => {
      const written: ImportedCall[] = [];
      const spans = between.map(({ start, length }) => ({ start, end: start + length }));
      const sink = { ...nothing, write: (call: ImportedCall) => written.push(call) };
      writeSession({ id: "s", calls, tools: spans }, sink);
      const ends = new Map<string, number>();
      for (const { request_id, wait_for, timestamp, tool_wait_ms, delay, observed } of written) {
        const from = wait_for?.map((id) => ends.get(id)!) ?? [timestamp!];
        const start = Math.max(...from) + (tool_wait_ms ?? 0) + (delay ?? 0);
        expect(start).toBeCloseTo(observed!.submit_ms, 9);
        ends.set(request_id, start + observed!.end_ms - observed!.submit_ms);
      }
      expect(ends.size).toBe(calls.length);
    }),
  );
});
