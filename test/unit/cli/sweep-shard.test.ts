import { describe, expect, test } from "vitest";
import { shardOf } from "../../../src/cli/sweep-shard.ts";

const slurm = {
  SLURM_ARRAY_TASK_ID: "12",
  SLURM_ARRAY_TASK_MIN: "10",
  SLURM_ARRAY_TASK_COUNT: "4",
};

describe("shardOf", () => {
  test.each([
    ["nothing", undefined, {}, undefined],
    ["i/n", "2/4", {}, { index: 2, count: 4 }],
    ["i/n before the environment", "2/4", slurm, { index: 2, count: 4 }],
    ["a Slurm array that starts anywhere", undefined, slurm, { index: 3, count: 4 }],
    ["an Indexed Job", "8", { JOB_COMPLETION_INDEX: "7" }, { index: 8, count: 8 }],
  ])("takes %s", (_, text, env, shard) => {
    expect(shardOf(text, env)).toEqual(shard);
  });

  test.each([
    ["part 0", "0/4", {}, "no part of a sweep"],
    ["a part past the last", "5/4", {}, "no part of a sweep"],
    ["words", "first", {}, "no part of a sweep"],
    ["a count alone", "4", {}, "not which one"],
    ["an Indexed Job without a count", undefined, { JOB_COMPLETION_INDEX: "0" }, "not of how many"],
    ["an index past the count", "4", { JOB_COMPLETION_INDEX: "4" }, "no part of a sweep"],
  ])("refuses %s", (_, text, env, message) => {
    expect(() => shardOf(text, env)).toThrow(message);
  });
});
