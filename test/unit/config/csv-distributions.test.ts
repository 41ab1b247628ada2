/**
 * Distributions whose values stand in a CSV file: what is drawn, what is recorded as read, and
 * where each mistake is said to be.
 */

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadWorkflow } from "../../../src/config/load-workflow.ts";
import type { CallStep, ToolStep } from "../../../src/workflow/program.ts";
import { errorsOf, writeFiles } from "./errors-of.ts";

const LENGTHS = "output_tokens,n\n10,1\n20,0\n400,3\n";
const TIMES = "elapsed\n250\n1e3\n";

/** A call of which the output is drawn from `output`, and a tool that takes `latency`. */
function workflow(output: string, latency = "1 s"): string {
  return `llms:
  writer: { model: llama-3.1-8b }
steps:
  - { call: writer, prompt: 10, output: ${output} }
  - { tool: search, latency: ${latency} }
`;
}

function folderWith(text: string, files: Record<string, string> = {}): string {
  return writeFiles({ "w.yaml": text, "lengths.csv": LENGTHS, "data/times.csv": TIMES, ...files });
}

const COLUMN = "{ empirical: { file: lengths.csv, column: output_tokens } }";

describe("values in a CSV file", () => {
  test("are drawn as inline ones, and the file is an input beside the workflow", () => {
    const weighted = COLUMN.replace(" } }", ", weight_column: n } }");
    const folder = folderWith(
      workflow(
        `{ mixture: [{ weight: 1, of: ${COLUMN} }, { weight: 2, of: ${weighted} }] }`,
        "{ empirical: { file: data/times.csv, column: elapsed, unit: ms }, max: 500 ms }",
      ),
    );
    const inputs = new Map();
    const { steps } = loadWorkflow(join(folder, "w.yaml"), { inputs });
    expect((steps[0] as CallStep).output).toEqual({
      kind: "mixture",
      parts: [
        { weight: 1, of: { kind: "empirical", values: [10, 20, 400] } },
        // The row of no weight is left out.
        { weight: 2, of: { kind: "empirical", values: [10, 400], weights: [1, 3] } },
      ],
    });
    expect((steps[1] as ToolStep).latency).toEqual({
      kind: "empirical",
      values: [0.25, 1],
      maximum: 0.5,
    });
    const read = [...inputs.values()].map(({ path }) => path.slice(folder.length + 1));
    expect(read).toEqual(expect.arrayContaining(["w.yaml", "lengths.csv", "data/times.csv"]));
  });

  test.each([
    [
      "a file that is not there",
      workflow("{ empirical: { file: length.csv, column: output_tokens } }"),
      {},
      /^w\.yaml:4:54 steps\[0\]\.output\.empirical: \S+length\.csv: no such file$/,
    ],
    [
      "a column that is not there",
      workflow("{ empirical: { file: lengths.csv, column: output } }"),
      {},
      /^lengths\.csv:1 the column output is missing/,
    ],
    [
      "a value that is no number",
      workflow(COLUMN),
      { "lengths.csv": "id,output_tokens\na,3\nb,many\n" },
      /^lengths\.csv:3:3 output_tokens: expected a number, 0 or more, got "many"$/,
    ],
    [
      "no weight at all",
      workflow("{ empirical: { file: lengths.csv, column: output_tokens, weight_column: n } }"),
      { "lengths.csv": "output_tokens,n\n10,0\n" },
      /^lengths\.csv:2:4 n: no weight is above 0$/,
    ],
    [
      "times without their unit",
      workflow("5", "{ empirical: { file: data/times.csv, column: elapsed } }"),
      {},
      /^w\.yaml:5:43 steps\[1\]\.latency\.empirical: missing "unit", expected ns or us or ms/,
    ],
    [
      "tokens with a unit",
      workflow("{ empirical: { file: lengths.csv, column: output_tokens, unit: ms } }"),
      {},
      /^w\.yaml:4:98 steps\[0\]\.output\.empirical: unknown key "unit"/,
    ],
    [
      "values and a file",
      workflow("{ empirical: { file: lengths.csv, values: [1] } }"),
      {},
      /^w\.yaml:4:56 steps\[0\]\.output\.empirical: unknown key "file" \(known keys: values/,
    ],
  ])("are refused for %s", (_, text, files, expected) => {
    const errors = errorsOf(() => loadWorkflow(join(folderWith(text, files), "w.yaml")));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(expected);
  });

  test("have their errors told beside those of the workflow", () => {
    const text = workflow(COLUMN).replace("prompt: 10", "prompt: -1");
    const folder = folderWith(text, { "lengths.csv": "output_tokens\n-3\n" });
    expect(errorsOf(() => loadWorkflow(join(folder, "w.yaml")))).toEqual([
      "w.yaml:4:29 steps[0].prompt: expected a whole number of tokens, at least 0, got -1",
      'lengths.csv:2:1 output_tokens: expected a number, 0 or more, got "-3"',
    ]);
  });
});
