/**
 * `sim plan --emit`: YAML alone on stdout, nothing for an infeasible plan, wrong values refused.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { sim, simDone, temporaryFolder } from "./sim.ts";

const folder = temporaryFolder();
const plan = (cluster: string, emit: string, ...more: string[]) =>
  sim(folder, "plan", "--workload=rag-reranker", "--cluster", cluster, "--emit", emit, ...more);

test("kubernetes: documents under a comment, and the plan file beside", async () => {
  const { code, stdout } = await plan("1x2xH100", "kubernetes", "--out", "plan.yaml");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^# Plan of rag-reranker on 1x2xH100 by scepsy\n/);
  const kinds = parseAllDocuments(stdout).map((document) => document.toJS().kind);
  expect(new Set(kinds)).toEqual(new Set(["Service", "Deployment"]));
  expect(existsSync(join(folder, "plan.yaml"))).toBe(true);
});

test("compose: one document", async () => {
  const command = "plan --workload rag-reranker --plan plan.yaml --emit compose --quiet";
  const { stdout } = await simDone(folder, command);
  expect(Object.keys(parse(stdout).services)).toContain("mps-daemon");
});

test("an infeasible plan is a message on stderr", async () => {
  const ended = await plan("1x1xRTX4090", "kubernetes", "--llm", "reranker=llama-3.1-70b");
  expect(ended).toMatchObject({ code: 0, stdout: "" });
  expect(ended.stderr).toContain("No feasible plan: ");
});

test("wrong values and --json are refused", async () => {
  const unknown = await plan("1x2xH100", "compos");
  expect(unknown).toMatchObject({ code: 1, stdout: "" });
  expect(unknown.stderr).toMatch(/unknown --emit "compos"\n.*did you mean compose\?/);
  expect(await plan("1x2xH100", "compose", "--json")).toMatchObject({ code: 2, stdout: "" });
});
