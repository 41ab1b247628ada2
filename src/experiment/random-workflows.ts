/**
 * Workflows made up at random, to judge planners on more than the bundled ones: three LLMs, each in
 * a stage of its own, one after another: calls in turns with a tool between them, or side by side.
 */

import type { Distribution } from "../engine/distributions.ts";
import { randomStream } from "../engine/random-streams.ts";
import type { Step, Workflow } from "../workflow/program.ts";

/** Models of bundled files that one GPU of 80 GB holds beside others. */
const MODELS = ["llama-3.2-1b", "llama-3.2-3b", "qwen2.5-7b", "llama-3.1-8b", "qwen2.5-14b"];

/** Workflow number `number` of a seed. */
export function randomWorkflow(seed: number, number: number): Workflow {
  const random = randomStream(seed, `workflows/${number}`);
  const between = (low: number, high: number) => low * (high / low) ** random();
  const length = (low: number, high: number): Distribution => {
    return { kind: "lognormal", mu: Math.log(between(low, high)), sigma: 0.5, maximum: 8000 };
  };
  const names = ["a", "b", "c"];
  const llms = names.map((name) => {
    return { name, model: MODELS[Math.floor(random() * MODELS.length)]! };
  });
  const conversations = names.map((name) => ({ name: `${name}-context` }));
  const steps = names.map((llm): Step => {
    const isPrefill = random() < 0.3;
    const call: Step = {
      kind: "call",
      llm,
      role: llm,
      appends: false,
      prompt: length(100, 3000),
      output: isPrefill ? { kind: "constant", value: 1 } : length(20, 400),
    };
    const count: Distribution = { kind: "constant", value: Math.round(between(1, 12)) };
    if (random() < 0.5) return { kind: "parallel", count, steps: [call] };
    const turn: Step = {
      ...call,
      conversation: `${llm}-context`,
      appends: true,
      prompt: length(50, 600),
    };
    const tool: Step = {
      kind: "tool",
      name: `${llm}-tool`,
      latency: { kind: "lognormal", mu: Math.log(between(0.05, 2)), sigma: 0.8 },
    };
    return { kind: "loop", count, steps: [turn, tool] };
  });
  return { name: `random-${number}`, description: "", llms, conversations, steps };
}
