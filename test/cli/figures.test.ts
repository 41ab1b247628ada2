/** `sim figures` as built: a figure that needs no profile, redrawn alike, and unknown names. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sim, simDone, temporaryFolder } from "./sim.ts";

const folder = temporaryFolder();

test("figures are made, and drawn again from their tables without simulating", async () => {
  const made = JSON.parse((await simDone(folder, "figures F8 --quick --out a --json")).stdout);
  expect(made.figures[0]).toMatchObject({ id: "F8", caption: expect.stringContaining("H100") });
  expect(readdirSync(join(folder, "a")).sort()).toEqual(["F8.arrow", "F8.png", "F8.svg"]);
  await simDone(folder, "figures --from a --out b");
  expect(readFileSync(join(folder, "b/F8.svg"))).toEqual(readFileSync(join(folder, "a/F8.svg")));
}, 120_000);

test("an unknown figure is wrong usage, a folder without tables the user's error", async () => {
  const unknown = await sim(folder, "figures", "F99");
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain("F99");
  const empty = await sim(folder, "figures", "--from", "nothing");
  expect(empty.code).toBe(1);
}, 60_000);
