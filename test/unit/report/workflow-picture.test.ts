import { expect, test } from "vitest";
import { workflowPicture } from "../../../src/report/workflow-picture.ts";

const call = (title: string, llm: number) => ({ title, detail: "+5 tokens in", llm, steps: [] });
const picture = {
  title: "two-step",
  subtitle: "what it is",
  llms: [
    { name: "drafter", detail: "a model" },
    { name: "checker", detail: "another" },
  ],
  steps: [
    call("draft", 0),
    {
      title: "loop",
      detail: "3 times",
      steps: [call("check", 1), { ...call("look up", 0), llm: 1 }],
    },
  ],
};

/** Boxes that are drawn: x, y, width, height. */
const boxesOf = (svg: string) =>
  [...svg.matchAll(/<rect[^>]*>/g)]
    .map(([tag]) =>
      ["x", "y", "width", "height"].map((name) => {
        return Number(new RegExp(` ${name}="([\\d.]+)"`).exec(tag)![1]);
      }),
    )
    .filter(([, , width]) => width! > 20);

test("names the workflow, its LLMs and its steps", () => {
  const svg = workflowPicture(picture);
  for (const text of ["two-step", "drafter: a model", "draft", "loop 3 times", "look up"]) {
    expect(svg).toContain(`>${text}<`);
  }
  expect(workflowPicture(picture)).toBe(svg);
});

test("draws steps below one another, and what is inside a frame within it", () => {
  const [draft, frame, check, lookUp] = boxesOf(workflowPicture(picture)) as [
    number[],
    number[],
    number[],
    number[],
  ];
  const bottom = ([, y, , height]: readonly number[]) => y! + height!;
  const right = ([x, , width]: readonly number[]) => x! + width!;
  expect(frame[1]).toBeGreaterThan(bottom(draft));
  expect(check[1]).toBeGreaterThan(frame[1]!);
  expect(lookUp[1]).toBeGreaterThan(bottom(check));
  expect(bottom(frame)).toBeGreaterThan(bottom(lookUp));
  expect(check[0]).toBeGreaterThan(frame[0]!);
  expect(right(check)).toBeLessThan(right(frame));
});
