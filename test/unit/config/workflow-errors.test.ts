import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadWorkflow } from "../../../src/config/load-workflow.ts";
import { errorsOf, writeFiles } from "./errors-of.ts";

const HEAD = `llms:
  writer: { model: llama-3.1-8b }
conversations:
  main: {}
steps:
  - { call: writer, conversation: main, prompt: 10, output: 5 }
`;

const SHAPES = "(uniform, exponential, gamma, geometric, normal, lognormal, empirical, mixture)";
const TOKENS = `expected a number of tokens or a distribution ${SHAPES}`;
const DURATION = `expected a duration such as "230 ms" or a distribution of durations ${SHAPES}`;
const QUANTITY = 'expected a duration such as "5 us" (units: ns, us, ms, s, min, h)';

/** Errors of a workflow that continues HEAD (six lines) with these steps. */
function errorsOfSteps(steps: string): string[] {
  return errorsOfText(HEAD + steps);
}

function errorsOfText(text: string): string[] {
  const folder = writeFiles({ "w.yaml": text });
  return errorsOf(() => loadWorkflow(join(folder, "w.yaml")));
}

describe("a workflow file", () => {
  test("without problems loads", () => expect(errorsOfText(HEAD)).toEqual([]));

  test.each([
    [
      "a value of the wrong type",
      "  - call: writer\n    prompt: abc\n    output: 5\n",
      `w.yaml:8:13 steps[1].prompt: ${TOKENS}, got "abc"`,
    ],
    [
      "a missing key",
      "  - call: writer\n    prompt: 5\n",
      `w.yaml:7:5 steps[1]: missing "output", ${TOKENS}`,
    ],
    [
      "a bare number for a duration",
      "  - tool: search\n    latency: 5\n",
      `w.yaml:8:14 steps[1].latency: ${DURATION}, got 5`,
    ],
    [
      "a bare number in a distribution of durations",
      "  - { tool: search, latency: { lognormal: { median: 5, sigma: 1 } } }\n",
      `w.yaml:7:53 steps[1].latency.lognormal.median: ${QUANTITY}, got 5`,
    ],
    [
      "an unknown key",
      "  - { call: writer, promt: 3, prompt: 3, output: 5 }\n",
      'w.yaml:7:21 steps[1]: unknown key "promt" (did you mean prompt?)',
    ],
    [
      "an unknown shape",
      "  - { call: writer, prompt: { lognorm: { mu: 1, sigma: 1 } }, output: 5 }\n",
      `w.yaml:7:29 steps[1].prompt: ${TOKENS}, got a map with lognorm`,
    ],
    [
      "a fraction of a token",
      "  - { call: writer, prompt: 1.5, output: 5 }\n",
      "w.yaml:7:29 steps[1].prompt: expected a whole number of tokens, at least 0, got 1.5",
    ],
    [
      "no output token",
      "  - { call: writer, prompt: 1, output: 0 }\n",
      "w.yaml:7:40 steps[1].output: expected a whole number of tokens, at least 1, got 0",
    ],
    [
      "an empty prompt without a conversation",
      "  - { call: writer, prompt: 0, output: 5 }\n",
      "w.yaml:7:29 steps[1].prompt: a call without a conversation needs at least one prompt token",
    ],
    [
      "appends without a conversation",
      "  - { call: writer, appends: false, prompt: 5, output: 5 }\n",
      "w.yaml:7:30 steps[1].appends: there is no conversation to append to: " +
        "name one, or leave it out",
    ],
    [
      "a negative spread",
      "  - { call: writer, prompt: { lognormal: { mu: 1, sigma: -1 } }, output: 5 }\n",
      "w.yaml:7:58 steps[1].prompt.lognormal.sigma: expected a number of at least 0, got -1",
    ],
    [
      "low above high",
      "  - { call: writer, prompt: { uniform: { low: 9, high: 3 } }, output: 5 }\n",
      "w.yaml:7:40 steps[1].prompt.uniform: low is above high",
    ],
    [
      "min above max",
      "  - { call: writer, prompt: { geometric: { mean: 9 }, min: 9, max: 3 }, output: 5 }\n",
      "w.yaml:7:29 steps[1].prompt: min is above max",
    ],
    [
      "a geometric mean below one",
      "  - { loop: { count: { geometric: { mean: 0.5 } }, steps: [{ tool: t, latency: 1 s }] } }\n",
      "w.yaml:7:43 steps[1].loop.count.geometric.mean: expected a mean of at least 1, got 0.5",
    ],
    [
      "two keywords in a step",
      "  - { call: writer, tool: search }\n",
      "w.yaml:7:5 steps[1]: expected a step with one of the keys " +
        "call, tool, loop, branch, parallel, run, got a map with call, tool",
    ],
    [
      "an empty loop",
      "  - { loop: { count: 2, steps: [] } }\n",
      "w.yaml:7:32 steps[1].loop.steps: expected at least one step, got an empty list",
    ],
    [
      "probabilities above one",
      `  - branch:
      - { probability: 0.7, steps: [{ tool: t, latency: 1 s }] }
      - { probability: 0.4, steps: [{ tool: t, latency: 1 s }] }
`,
      "w.yaml:8:7 steps[1].branch: the probabilities of the arms sum to more than 1",
    ],
    [
      "an undeclared LLM, deep inside",
      "  - { loop: { count: 2, steps: [{ call: wrter, prompt: 5, output: 5 }] } }\n",
      'w.yaml:7:41 steps[1].loop.steps[0].call: unknown LLM "wrter" (did you mean writer?)',
    ],
    [
      "an undeclared conversation",
      "  - { tool: t, latency: 1 s, result: { conversation: side, tokens: 5 } }\n",
      'w.yaml:7:54 steps[1].result.conversation: unknown conversation "side" ' +
        "(declare it under conversations: (declared: main))",
    ],
    [
      "a loop that never ends",
      "  - { loop: { continue_probability: 1, steps: [{ tool: t, latency: 1 s }] } }\n",
      "w.yaml:7:37 steps[1].loop.continue_probability: " +
        "expected a probability below 1, or the loop never ends, got 1",
    ],
    [
      "retries without a timeout",
      "  - { tool: t, latency: 1 s, retries: 2 }\n",
      "w.yaml:7:39 steps[1].retries: an attempt is made again after a timeout: " +
        "give one, or leave this out",
    ],
    [
      "stragglers where all copies are waited for",
      "  - parallel: { count: 2, stragglers: cancel, steps: [{ tool: t, latency: 1 s }] }\n",
      "w.yaml:7:39 steps[1].parallel.stragglers: there are none where all copies are waited for: " +
        "give join, or leave this out",
    ],
    [
      "a subworkflow that is not there",
      "  - { run: errand }\n",
      'w.yaml:7:12 steps[1].run: unknown subworkflow "errand" ' +
        "(declare it under subworkflows: (declared: none))",
    ],
    [
      "a tool pool that is not there",
      "  - { tool: t, latency: 1 s, pool: api }\n",
      'w.yaml:7:36 steps[1].pool: unknown tool pool "api" ' +
        "(declare it under tool_pools: (declared: none))",
    ],
    [
      "weights that are not as many as values",
      "  - { call: writer, prompt: { empirical: { values: [1, 2], weights: [1] } }, output: 5 }\n",
      "w.yaml:7:69 steps[1].prompt.empirical.weights: there are not as many weights as values",
    ],
    [
      "a correlation beyond 1",
      "  - { tool: t, latency: { normal: { mean: 9 s, std_dev: 1 s }, difficulty: 2 } }\n",
      "w.yaml:7:76 steps[1].latency.difficulty: expected a correlation from -1 to 1, got 2",
    ],
  ])("is refused for %s", (_, steps, expected) => {
    expect(errorsOfSteps(steps)).toEqual([expected]);
  });

  test("is told all of its problems at once, in order", () => {
    const text = `name: "no spaces"
llms:
  writer: { model: llama-3.1-8b }
  idle: { model: llama-3.1-8b }
steps:
  - { call: writer, conversation: main, prompt: -1, output: 5 }
  - { tool: search, latency: fast }
`;
    expect(errorsOfText(text)).toEqual([
      `w.yaml:1:7 name: expected a name of letters, digits, '.', '_' and '-', got "no spaces"`,
      'w.yaml:4:3 llms: LLM "idle" is declared but no step uses it (use it or remove it)',
      'w.yaml:6:35 steps[0].conversation: unknown conversation "main" ' +
        "(declare it under conversations: (declared: none))",
      "w.yaml:6:49 steps[0].prompt: expected a whole number of tokens, at least 0, got -1",
      `w.yaml:7:30 steps[1].latency: ${QUANTITY}, got "fast"`,
    ]);
  });

  test("is told of a model that is not in the catalogue", () => {
    const [error] = errorsOfText(HEAD.replace("llama-3.1-8b", "llama-3.1-9b"));
    expect(error).toMatch(
      /^w\.yaml:2:20 llms\.writer\.model: unknown model "llama-3\.1-9b" \(did you mean llama/,
    );
  });

  test("needs compaction to shrink", () => {
    const text = HEAD.replace("main: {}", "main: { compact: { above: 10, to: 10 } }");
    expect(errorsOfText(text)).toEqual([
      "w.yaml:4:20 conversations.main.compact: to is not below above",
    ]);
  });
});
