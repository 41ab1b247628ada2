/**
 * What bundled workloads draw, against the published figures that they are made from. Sources are
 * in the files; the figures here are the sources', not the files'.
 */

import { mean, quantile } from "d3-array";
import { describe, expect, test } from "vitest";
import { loadWorkflow } from "../../../src/config/load-workflow.ts";
import { createExecutionSource } from "../../../src/workflow/draw.ts";
import type { Workflow } from "../../../src/workflow/program.ts";
import { callsOf } from "./programs.ts";

const EXECUTIONS = 2000;

function sampled(name: string) {
  const workflow = loadWorkflow(name) as Workflow;
  const source = createExecutionSource(workflow, 1, "trace");
  const executions = Array.from({ length: EXECUTIONS }, (_, index) => source(index));
  const calls = executions.map(callsOf);
  const llm = (of: string) => workflow.llms.findIndex((each) => each.name === of);
  const ofLlm = (of: string) => calls.flat().filter((call) => call.llm === llm(of));
  return {
    counts: calls.map((own) => own.length),
    countsOf: (of: string) => calls.map((own) => own.filter((c) => c.llm === llm(of)).length),
    tokens: calls.map((own) =>
      own.reduce((sum, { promptTokens, outputTokens }) => sum + promptTokens + outputTokens, 0),
    ),
    outputs: (of: string) => ofLlm(of).map(({ outputTokens }) => outputTokens),
    prompts: (of: string) => ofLlm(of).map(({ promptTokens }) => promptTokens),
    /** Part of an execution's output tokens. */
    shares: (of: string) =>
      calls.map((own) => {
        const total = own.reduce((sum, call) => sum + call.outputTokens, 0);
        const part = own.filter((call) => call.llm === llm(of));
        return part.reduce((sum, call) => sum + call.outputTokens, 0) / total;
      }),
    toolsOf: (of: string) =>
      executions.flatMap(({ steps }) =>
        steps.flatMap((step) => (step.kind === "tool" && step.name === of ? [step.duration] : [])),
      ),
    tools: executions.flatMap(({ steps }) =>
      steps.flatMap((step) => (step.kind === "tool" ? [step.duration] : [])),
    ),
  };
}

/** Of a role with one conversation: growth of its prompts, and the part of them that recurs. */
function contextsOf(name: string, role: string) {
  const source = createExecutionSource(loadWorkflow(name), 1, "trace");
  const growth: number[] = [];
  const reuse: number[] = [];
  for (let index = 0; index < EXECUTIONS; index++) {
    const calls = callsOf(source(index)).filter((call) => call.role === role);
    let recurring = 0;
    let prompts = calls[0]!.promptTokens;
    for (let position = 1; position < calls.length; position++) {
      const [before, call] = [calls[position - 1]!, calls[position]!];
      prompts += call.promptTokens;
      if (call.conversation !== before.conversation) continue;
      growth.push(call.promptTokens - before.promptTokens);
      recurring += before.promptTokens + before.outputTokens;
    }
    reuse.push(recurring / prompts);
  }
  return { growth, reuse };
}

/** Within a tenth of a published figure. */
function expectNear(value: number | undefined, published: number): void {
  expect(value! / published).toBeGreaterThan(0.9);
  expect(value! / published).toBeLessThan(1.1);
}

describe("react-tools is web search of BFCL v4", () => {
  const { counts, tokens, tools } = sampled("react-tools");

  test("turns, tokens of a program, time of the tool", () => {
    expectNear(mean(counts), 6.3);
    expectNear(mean(tokens), 93_256);
    expectNear(mean(tools), 1.92);
  });
});

test("chatbot is ShareGPT as programs: calls, and tokens out of a call", () => {
  const { counts, outputs } = sampled("chatbot");
  expectNear(mean(counts), 6.66);
  expect(Math.max(...counts)).toBeLessThanOrEqual(80);
  expectNear(mean(outputs("assistant")), 277);
});

test("multi-agent-debate has three debaters in three rounds and a judge", () => {
  const { counts, countsOf } = sampled("multi-agent-debate");
  expect(new Set(counts)).toEqual(new Set([10]));
  expect(new Set(countsOf("judge"))).toEqual(new Set([1]));
});

describe("coding-session is 710 sessions of Claude Code", () => {
  const { counts, outputs, toolsOf } = sampled("coding-session");

  test("calls of a session: p25, p50 and mean", () => {
    expectNear(quantile(counts, 0.25), 19);
    expectNear(quantile(counts, 0.5), Math.exp(3.67));
    expectNear(mean(counts), 68.5);
  });

  test("tokens out of a call", () => {
    const tokens = outputs("coder");
    expectNear(quantile(tokens, 0.5), 216);
    expectNear(quantile(tokens, 0.9), 899);
    expectNear(quantile(tokens, 0.95), 1544);
    expectNear(quantile(tokens, 0.99), 3663);
    expectNear(mean(tokens), 439);
  });

  test("time from a call with tools to the next, and of the person", () => {
    expectNear(quantile(toolsOf("tools"), 0.5), 9);
    expectNear(quantile(toolsOf("tools"), 0.9), 71);
    expectNear(quantile(toolsOf("person"), 0.5), 132);
  });

  test("growth of the context, and the part of prompts that a cache could hold", () => {
    const { growth, reuse } = contextsOf("coding-session", "code");
    expectNear(quantile(growth, 0.5), 655);
    expectNear(quantile(growth, 0.9), 3500);
    expectNear(quantile(growth, 0.95), 6200);
    expectNear(quantile(reuse, 0.5), 0.955);
  });
});

test("map-reduce has 2 to 40 calls, chunks and summaries of the published lengths", () => {
  const { counts, outputs, prompts } = sampled("map-reduce");
  expect([Math.min(...counts), Math.max(...counts)]).toEqual([2, 40]);
  const chunks = prompts("mapper").map((tokens) => tokens - 100);
  expect(Math.min(...chunks)).toBeGreaterThanOrEqual(512);
  expect(Math.max(...chunks)).toBeLessThanOrEqual(2048);
  expect(Math.min(...outputs("mapper"))).toBeGreaterThanOrEqual(25);
  expect(Math.max(...outputs("mapper"))).toBeLessThanOrEqual(100);
});

describe("magentic-one is 25 measured runs", () => {
  const { counts, countsOf, outputs, prompts, shares } = sampled("magentic-one");

  test("calls, and the orchestrator's part of them", () => {
    expectNear(mean(counts), 29.8);
    expectNear(mean(countsOf("orchestrator"))! / mean(counts)!, 0.6);
  });

  test("lengths", () => {
    expectNear(quantile(prompts("orchestrator"), 0.5), 1160);
    expectNear(quantile(outputs("orchestrator"), 0.5), 389);
    expectNear(quantile(prompts("worker"), 0.5), 1390);
    expectNear(quantile(prompts("worker"), 0.95), 7600);
    expectNear(quantile(outputs("worker"), 0.5), 258);
    expectNear(quantile(outputs("worker"), 0.95), 9900);
  });

  test("the orchestrator's part of the output differs by more than five times", () => {
    const [low, high] = [0.05, 0.95].map((part) => quantile(shares("orchestrator"), part)!);
    expect(high! / low!).toBeGreaterThan(5);
    expect(low).toBeGreaterThan(0.09 * 0.9);
    expect(high).toBeLessThan(0.85 * 1.1);
  });
});

test.each(["beam-search", "beam-search-async"])("%s: generator calls of a request", (name) => {
  const generated = sampled(name)
    .countsOf("generator")
    .sort((a, b) => a - b);
  // Published: 24 to 844.
  expect(generated[0]).toBeGreaterThanOrEqual(24);
  expect(generated.at(-1)).toBeLessThanOrEqual(844);
  if (name === "beam-search") expect(generated.at(-1)! / generated[0]!).toBeGreaterThan(30);
});
