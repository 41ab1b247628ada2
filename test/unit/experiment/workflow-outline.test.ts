import { expect, test } from "vitest";
import { outlineOf } from "../../../src/experiment/workflow-outline.ts";
import { always, call, loop, parallel, tool, workflowOf } from "../workflow/programs.ts";

const outline = outlineOf(
  workflowOf([
    call({ prompt: { kind: "uniform", low: 100, high: 300 }, output: always(30) }),
    parallel(4, call({ llm: "b", prompt: always(50), output: always(5) })),
    loop({ kind: "geometric", mean: 3 }, tool({ latency: always(0.5) })),
  ]),
);

test("counts what an execution calls, and what each LLM is for", () => {
  expect(outline.calls_per_execution).toEqual({ mean: 5, p5: 5, p95: 5 });
  const [a, b] = outline.llms;
  expect(a).toMatchObject({ name: "a", calls_per_execution: 1, output_tokens: 30 });
  expect(a!.prompt_tokens).toBeGreaterThan(190);
  expect(a!.prompt_tokens).toBeLessThan(210);
  expect(b).toMatchObject({ calls_per_execution: 4, prompt_tokens: 50, output_share: 0.4 });
  // Three rounds of half a second on average, of 500 executions (deviation sqrt(6)/2 s).
  expect(Math.abs(outline.tool_seconds - 1.5)).toBeLessThan(
    3 * (Math.sqrt(6) / 2 / Math.sqrt(500)),
  );
});

test("keeps the nesting of the steps", () => {
  const titles = outline.steps.map(({ title, detail, steps }) => [title, detail, steps.length]);
  expect(titles[0]![1]).toMatch(/^\+(?:19|20)\d tokens in, 30 out$/);
  expect(titles[1]).toEqual(["parallel", "4 at once", 1]);
  expect(titles[2]![1]).toMatch(/^about (?:2\.9|3\.\d) times$/);
  expect(outline.steps[1]!.steps[0]!.llm).toBe(1);
});
