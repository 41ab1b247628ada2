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

function sampled(name: string, count = EXECUTIONS) {
  const workflow = loadWorkflow(name) as Workflow;
  const source = createExecutionSource(workflow, 1, "trace");
  const executions = Array.from({ length: count }, (_, index) => source(index));
  const calls = executions.map(callsOf);
  const llm = (of: string) => workflow.llms.findIndex((each) => each.name === of);
  const all = calls.flat();
  const ofLlm = (of: string) => all.filter((call) => call.llm === llm(of));
  return {
    counts: calls.map((own) => own.length),
    all,
    countsOfRole: (of: string) => calls.map((own) => own.filter((c) => c.role === of).length),
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

/**
 * Of a role with one conversation: growth of its prompts, what of it is not the role's own output,
 * and the part of the prompts that recurs.
 */
function contextsOf(name: string, role: string) {
  const source = createExecutionSource(loadWorkflow(name), 1, "trace");
  const growth: number[] = [];
  const observed: number[] = [];
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
      const own = before.promptTokens + before.outputTokens;
      if (call.promptTokens >= own) observed.push(call.promptTokens - own);
      recurring += before.promptTokens + before.outputTokens;
    }
    reuse.push(recurring / prompts);
  }
  return { growth, observed, reuse };
}

/** The part of all prompt tokens that caches without bounds hold: of each LLM what it has seen. */
function cacheable(name: string, count: number): number {
  const source = createExecutionSource(loadWorkflow(name), 1, "trace");
  let [cached, all] = [0, 0];
  for (let index = 0; index < count; index++) {
    const seen = new Map<string, number>();
    for (const { llm, conversation, origin, promptTokens, retainTokens } of callsOf(
      source(index),
    )) {
      const own = seen.get(`${llm} ${conversation}`) ?? 0;
      // All origins of these workflows are system prompts.
      cached += Math.min(promptTokens, Math.max(own, origin?.tokens ?? 0));
      all += promptTokens;
      if (conversation >= 0) seen.set(`${llm} ${conversation}`, Math.max(own, retainTokens));
    }
  }
  return cached / all;
}

/** No more than a tenth outside of a published range. */
function expectWithin(value: number | undefined, low: number, high: number): void {
  expect(value! / low).toBeGreaterThan(0.9);
  expect(value! / high).toBeLessThan(1.1);
}

/** Within a tenth of a published figure. */
function expectNear(value: number | undefined, published: number): void {
  expectWithin(value, published, published);
}

describe("swe-agent has the calls of mini-swe-agent, and lengths of SWE-bench runs", () => {
  const { counts, outputs, prompts, tools } = sampled("swe-agent");

  test("calls, first prompt, time of the tools", () => {
    expectNear(mean(counts), 20.1);
    expect(Math.min(...prompts("localizer"))).toBe(2269 + 157);
    expectNear(mean(tools), 0.925);
    expectNear(quantile(tools, 0.5), 0.23);
  });

  test("tokens out of a call", () => {
    // Means of GPT-5 and of Sonnet 4.5.
    for (const llm of ["localizer", "editor"]) expectWithin(mean(outputs(llm)), 109, 227);
    const reviews = outputs("reviewer");
    expectNear(mean(reviews), 114);
    expectNear(quantile(reviews, 0.5), 99);
    expectNear(quantile(reviews, 0.95), 230);
  });

  test("observations of a step", () => {
    expectWithin(mean(contextsOf("swe-agent", "localize").observed), 700, 1000);
  });
});

describe("swe-agent-single is SWE-agent on SWE-bench Pro", () => {
  const { counts, outputs, prompts, tools } = sampled("swe-agent-single");

  test("calls of a task: between the models', and the middle of their fits", () => {
    expectNear(quantile(counts, 0.5), Math.exp(4.0));
    expectWithin(mean(counts), 43.5, 77.5);
    expectWithin(quantile(counts, 0.25), 17, 63);
    expectWithin(quantile(counts, 0.75), 49, 89);
    expect(Math.max(...counts)).toBeLessThanOrEqual(250);
  });

  test("first prompt, tokens out of a call, time of the tool", () => {
    expect(quantile(prompts("agent"), 0)).toBe(2269 + 157);
    expectWithin(mean(outputs("agent")), 109, 227);
    expectNear(mean(tools), 0.925);
    expectNear(quantile(tools, 0.5), 0.23);
  });

  test("observations of a step, and the part of prompts that a cache could hold", () => {
    const { observed, reuse } = contextsOf("swe-agent-single", "agent");
    expectWithin(mean(observed), 700, 1000);
    // Longest common prefix within a session, and the optimum of Coder.
    expectWithin(mean(reuse), 0.95, 0.965);
  });
});

test("rag-reranker retrieves 20 passages, each reranked by a call, in the published time", () => {
  const { countsOf, tools, outputs } = sampled("rag-reranker");
  const rounds = countsOf("generator").map((calls) => (calls + 1) / 2);
  expect(countsOf("reranker")).toEqual(rounds.map((round) => 20 * round));
  expect(new Set(outputs("reranker"))).toEqual(new Set([1]));
  expectWithin(quantile(tools, 0.05), 0.02, 0.1);
  expectWithin(quantile(tools, 0.5), 0.02, 0.1);
});

describe("deep-research has the shape of Open Deep Research and of Anthropic's Research", () => {
  const count = 600;
  const { countsOf, countsOfRole, all, outputs } = sampled("deep-research", count);
  const researchers = countsOfRole("condense");
  const isSingle = countsOf("lead").map((calls) => calls === 2);

  test("researchers at once, one note each", () => {
    const first = researchers.filter((_, execution) => isSingle[execution]);
    expect(new Set(first)).toEqual(new Set([3, 4, 5]));
    expectNear(mean(first), 4);
  });

  test("lengths of calls, and what a cache could hold", () => {
    expectNear(
      quantile(all, 0.5, ({ promptTokens }) => promptTokens),
      6200,
    );
    expectNear(
      quantile(all, 0.5, ({ outputTokens }) => outputTokens),
      632,
    );
    expectNear(cacheable("deep-research", count), 0.478);
  });

  test("the report", () => {
    const reports = outputs("lead").filter((tokens) => tokens > 2000);
    expectWithin(quantile(reports, 0.25), 3000, 4000);
    expectWithin(quantile(reports, 0.75), 3000, 4000);
  });
});

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

describe.each(["beam-search", "beam-search-async"])("%s is Scepsy's beam search", (name) => {
  const generated = sampled(name).countsOf("generator");

  test("generator calls of a request: 24 to 844", () => {
    const [least, most] = [quantile(generated, 0)!, quantile(generated, 1)!];
    expect(least).toBeGreaterThanOrEqual(24);
    expect(most).toBeLessThanOrEqual(844);
    if (name === "beam-search") expect(most / least).toBeGreaterThan(30);
  });

  test("each step is scored, with all before it", () => {
    const { countsOf, outputs, prompts } = sampled(name, 200);
    expect(countsOf("verifier")).toEqual(countsOf("generator"));
    expect(new Set(outputs("verifier"))).toEqual(new Set([1]));
    // System prompt, and the median problem of MATH-500.
    expect(quantile(prompts("generator"), 0)).toBe(190 + 45);
    const solved = mean(prompts("generator"))! + mean(outputs("generator"))!;
    expect(mean(prompts("verifier"))).toBeCloseTo(solved, 6);
  });
});
