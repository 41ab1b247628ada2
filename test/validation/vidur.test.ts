/**
 * The batching loop against Vidur, a simulator written apart from this one, on its own tables of
 * layer times. The golden runs are not part of the project: without them only the small run that
 * is computed by hand is compared.
 */

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { loadVidurRun, type VidurRun } from "../../src/config/load-vidur.ts";
import {
  compareWithVidur,
  type VidurComparison,
  vidurFindings,
} from "../../src/experiment/validation/vidur.ts";
import { vidurFiles, writeVidurFiles } from "./vidur-folder.ts";

const GOLDEN = resolve(import.meta.dirname, "../../../shared/data/vidur-golden");
const IS_THERE = existsSync(GOLDEN);

const folder = mkdtempSync(join(tmpdir(), "sim-vidur-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const byHand = loadVidurRun(writeVidurFiles(join(folder, "by-hand"), vidurFiles()));

const largest = ({ max_abs_difference_seconds: difference }: VidurComparison) => difference;

/** What does not depend on how many events there are, and how fast they are handled. */
function withoutEvents(comparison: VidurComparison): unknown {
  const { events, wall_seconds, ...rest } = comparison;
  return rest;
}

/** A run whose decode attention takes another time. */
function withDecodeAttention(run: VidurRun, factor: number): VidurRun {
  const { decodeAttention } = run.tables;
  const slower = (batch: number, mean: number) => factor * decodeAttention(batch, mean);
  return { ...run, tables: { ...run.tables, decodeAttention: slower } };
}

describe.each([false, true])("two requests computed by hand, stepwise %s", (isStepwise) => {
  test("start and end when they should, to the tick", () => {
    const comparison = compareWithVidur(byHand, isStepwise);
    expect(largest(comparison)).toBeLessThan(3 * 0.0625e-9);
    expect(comparison.iterations).toEqual({ simulated: 3, vidur: 3 });
    expect(vidurFindings(comparison)).toEqual([]);
  });
});

describe("a comparison", () => {
  test("fails when an instant is off, and says by how much and whose", () => {
    const requests = byHand.requests.map((request) =>
      request.id === 1 ? { ...request, firstToken: request.firstToken - 1.5e-7 } : request,
    );
    const comparison = compareWithVidur({ ...byHand, requests }, false);
    expect(comparison.differences.first_token!.request_id).toBe(1);
    expect(comparison.differences.first_token!.difference_seconds).toBeCloseTo(1.5e-7, 9);
    expect(largest(comparison)).toBeCloseTo(1.5e-7, 9);
    expect(vidurFindings(comparison)).toEqual([
      expect.stringMatching(/^the largest .* 1\.50e-7 s/),
    ]);
  });

  test("fails when requests have no room", () => {
    const settings = { ...byHand.settings, blockSize: 2, blocks: 1 };
    const comparison = compareWithVidur({ ...byHand, settings }, false);
    expect([comparison.completed, largest(comparison)]).toEqual([0, null]);
    expect(vidurFindings(comparison)).toEqual(["2 of 2 requests did not complete"]);
  });
});

describe.each([
  { name: "8b_a100", iterations: 12326 },
  { name: "70b_tp2_a100", iterations: 8742 },
])("Vidur's golden run $name", ({ name, iterations }) => {
  const golden = (skip: (note: string) => void): VidurRun => {
    if (!IS_THERE) skip("the golden runs are not part of the project");
    return loadVidurRun(join(GOLDEN, name));
  };

  test("is met by every request, coalesced and stepwise alike", ({ skip }) => {
    const run = golden(skip);
    const comparison = compareWithVidur(run, false);
    expect(largest(comparison)).toBeLessThan(1e-7);
    expect(comparison.requests).toBe(1000);
    expect(comparison.iterations).toEqual({ simulated: iterations, vidur: iterations });
    expect(comparison.restarts).toEqual({ simulated: 0, vidur: 0 });
    expect(vidurFindings(comparison)).toEqual([]);
    const stepwise = compareWithVidur(run, true);
    expect(withoutEvents(stepwise)).toEqual(withoutEvents(comparison));
    expect(stepwise.events).toBeGreaterThan(iterations);
    expect(comparison.events).toBeLessThan(stepwise.events);
  });

  test("is missed when attention takes a millionth longer", ({ skip }) => {
    const comparison = compareWithVidur(withDecodeAttention(golden(skip), 1 + 1e-6), false);
    expect(largest(comparison)).toBeGreaterThan(1e-7);
    expect(vidurFindings(comparison)).toHaveLength(1);
  });

  test("is missed by another limit of the batch", ({ skip }) => {
    const run = golden(skip);
    for (const change of [{ chunkSize: 511 }, { chunkSize: 513 }, { maxNumSeqs: 8 }]) {
      const comparison = compareWithVidur(
        { ...run, settings: { ...run.settings, ...change } },
        false,
      );
      expect(largest(comparison)).toBeGreaterThan(1e-4);
    }
  });
});
