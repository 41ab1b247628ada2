/**
 * One execution as a waterfall: its calls in the lanes of their LLMs, each with its wait, its
 * prefill and its decode, and below them the time of tools.
 */

import * as Plot from "@observablehq/plot";
import { CAUSE_COLOURS } from "./cause-colours.ts";
import { groupStyle } from "./group-style.ts";
import { drawChart } from "./plot-picture.ts";
import type { SlowExecution } from "./slowest-executions.ts";
import { shortenText } from "./text-width.ts";

const WIDTH = 1200;
const LANE = 20;
const LABEL_WIDTH = 150;

/** Lanes beyond this are drawn as thin as the others need: a fan-out of hundreds. */
const MOST_HEIGHT = 420;

/** Decode is paler than prefill: it is most of a call. */
const DECODE_OPACITY = 0.45;

/** The picture of one execution. */
export function waterfallFigure(slow: SlowExecution, llms: readonly string[]): string {
  const offsets: number[] = [];
  let lanes = 0;
  for (const count of slow.laneCounts) {
    offsets.push(lanes);
    lanes += count;
  }
  const toolLane = lanes;
  const rowCount = lanes + 1;
  const lane = Math.min(LANE, MOST_HEIGHT / rowCount);
  const labels = llms
    .map((name, llm) => ({ name, y: offsets[llm]! + slow.laneCounts[llm]! / 2, llm }))
    .filter(({ llm }) => slow.laneCounts[llm]! > 0);
  return drawChart({
    width: WIDTH,
    height: 50 + rowCount * lane,
    marginBottom: 44,
    marginLeft: LABEL_WIDTH,
    marginTop: 6,
    marginRight: 20,
    x: { label: "seconds since arrival →", domain: [0, slow.latency], grid: true },
    y: { domain: [rowCount, 0], axis: null },
    marks: [
      ...partMarks(slow, offsets),
      Plot.rect(slow.gaps, {
        x1: ([from]) => from,
        x2: ([, to]) => to,
        y1: () => toolLane,
        y2: () => toolLane + 1,
        fill: CAUSE_COLOURS.tool,
        insetTop: 3,
        insetBottom: 3,
      }),
      Plot.text([...labels, { name: "tools", y: toolLane + 0.5 }], {
        frameAnchor: "left",
        y: "y",
        text: ({ name }) => shortenText(name, 12, LABEL_WIDTH - 14),
        textAnchor: "end",
        dx: -8,
        fontSize: 12,
      }),
    ],
  });
}

/** The parts of all calls. */
function partMarks({ calls }: SlowExecution, offsets: readonly number[]): Plot.Markish[] {
  const parts = calls.flatMap(({ llm, lane, submit, start, firstToken, end }) => {
    const at = { y: offsets[llm]! + lane, colour: groupStyle(llm).colour };
    return [
      { ...at, x1: submit, x2: start, colour: CAUSE_COLOURS.queue, opacity: 1 },
      { ...at, x1: start, x2: firstToken, opacity: 1 },
      { ...at, x1: firstToken, x2: end, opacity: DECODE_OPACITY },
    ].filter(({ x1, x2 }) => x2 > x1);
  });
  return [
    Plot.rect(parts, {
      x1: "x1",
      x2: "x2",
      y1: "y",
      y2: ({ y }) => y + 1,
      fill: "colour",
      fillOpacity: "opacity",
      insetTop: 2,
      insetBottom: 2,
    }),
  ];
}
