import { expect, test } from "vitest";
import { parseArrivals } from "../../../src/cli/arrival-flags.ts";

test.each([
  ["poisson", { kind: "poisson" }],
  ["constant", { kind: "constant" }],
  ["gamma:2.5", { kind: "gamma", cv: 2.5 }],
  [
    "steps:1x50min,4x10 min",
    {
      kind: "steps",
      steps: [
        { level: 1, duration: 3000 },
        { level: 4, duration: 600 },
      ],
    },
  ],
  [
    "bursts:0x1min,2.5x5s",
    {
      kind: "bursts",
      steps: [
        { level: 0, duration: 60 },
        { level: 2.5, duration: 5 },
      ],
    },
  ],
  ["closed:8", { kind: "closed", users: 8, think: 0 }],
  ["closed:100x1.5 min", { kind: "closed", users: 100, think: 90 }],
])("%s is an arrival process", (text, process) => {
  expect(parseArrivals("--arrivals", text)).toEqual(process);
});

test.each([
  ...["", "gamma", "gamma:0", "gamma:x", "steps:", "steps:1", "steps:0x5s", "steps:1x5", "p"],
  ...["closed", "closed:", "closed:0", "closed:1.5", "closed:8x", "closed:8x30", "closed:x5s"],
])("%s is refused", (text) => {
  expect(() => parseArrivals("--arrivals", text)).toThrow(`--arrivals: "${text}" is not valid`);
});
