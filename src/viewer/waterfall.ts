/**
 * One execution as a picture: its calls in the lanes of their LLMs, each with its wait, its prefill
 * and its decode; the calls of the critical path are framed and joined, the others pale.
 */

import { CAUSE_COLOURS } from "../report/cause-colours.ts";
import type { PlacedCall } from "../report/placed-calls.ts";
import { formatDuration } from "../units.ts";
import { shape } from "./dom.ts";
import type { ExecutionPath } from "./execution-path.ts";
import { ticksOf } from "./time-window.ts";

const LANE = 18;
const LEAST_LANE = 4;
const MOST_HEIGHT = 360;
const AXIS = 30;
const LABEL = 92;
const RIGHT = 14;

/** Calls that are narrower have no room for a frame. */
const LEAST_FRAMED = 3;

/** Decode is paler than prefill: it is most of a call. */
const DECODE_OPACITY = 0.5;

/** Of calls that did not decide when the execution ended. */
const ASIDE_OPACITY = 0.38;

/** How a waterfall is drawn. */
export interface WaterfallOptions {
  readonly width: number;
  /** The end of its axis, in seconds: of two runs, that of the longer one. */
  readonly most: number;
  readonly llms: readonly string[];
  /** By LLM. */
  readonly colours: readonly string[];
  readonly roles: readonly string[];
  readonly label: string;
}

/** The picture. */
export function waterfall(path: ExecutionPath, options: WaterfallOptions): SVGSVGElement {
  const { width, most, llms, label } = options;
  const offsets: number[] = [];
  let lanes = 0;
  for (const count of path.laneCounts) {
    offsets.push(lanes);
    lanes += count;
  }
  const lane = Math.max(LEAST_LANE, Math.min(LANE, MOST_HEIGHT / (lanes + 1)));
  const height = (lanes + 1) * lane + AXIS;
  const x = (time: number) => LABEL + (time / most) * (width - LABEL - RIGHT);
  const y = ({ llm, lane: own }: PlacedCall) => (offsets[llm]! + own) * lane;
  const picture = shape("svg", {
    class: "waterfall",
    role: "img",
    "aria-label": label,
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
  });
  picture.append(...grid(options, { x, bottom: height - AXIS }));
  for (const [llm, name] of llms.entries()) {
    const count = path.laneCounts[llm]!;
    if (count === 0) continue;
    picture.append(laneLabel(name, (offsets[llm]! + count / 2) * lane));
  }
  picture.append(laneLabel("tools", (lanes + 0.5) * lane));
  const critical = new Set(path.critical);
  for (const call of path.calls) {
    picture.append(
      callShape(call, { options, x, y: y(call), lane, isCritical: critical.has(call) }),
    );
  }
  for (const [from, to] of path.tools) {
    const title = shape("title", {}, `tools: ${formatDuration(to - from)}`);
    const box = { x: x(from), y: lanes * lane + 3, width: x(to) - x(from), height: lane - 6 };
    picture.append(shape("rect", { ...box, fill: CAUSE_COLOURS.tool }, title));
  }
  picture.append(pathLine(path, { x, y, lane, tools: (lanes + 0.5) * lane }));
  return picture;
}

function grid(
  { width, most }: WaterfallOptions,
  { x, bottom }: { readonly x: (time: number) => number; readonly bottom: number },
): SVGElement[] {
  const ticks = ticksOf({ from: 0, to: most }, Math.floor((width - LABEL) / 70));
  return ticks.flatMap(({ at, label }) => {
    const isLast = x(at) > width - RIGHT - 30;
    const text = { x: x(at), y: bottom + 14, class: "axis-label" };
    return [
      shape("line", { x1: x(at), x2: x(at), y1: 0, y2: bottom + 3, class: "grid" }),
      shape("text", { ...text, "text-anchor": isLast ? "end" : "middle" }, `${label} s`),
    ];
  });
}

function laneLabel(name: string, y: number): SVGElement {
  const short = name.length > 13 ? `${name.slice(0, 12)}…` : name;
  const place = { x: LABEL - 8, y: y + 4, class: "lane-name", "text-anchor": "end" };
  return shape("text", place, short, shape("title", {}, name));
}

function callShape(
  { row, llm, submit, start, firstToken, end }: PlacedCall,
  drawn: {
    readonly options: WaterfallOptions;
    readonly x: (time: number) => number;
    readonly y: number;
    readonly lane: number;
    readonly isCritical: boolean;
  },
): SVGElement {
  const { options, x, y, lane, isCritical } = drawn;
  const inset = lane > 8 ? 2 : 0.5;
  const box = (from: number, to: number, fill: string, opacity: number) =>
    shape("rect", {
      x: x(from),
      width: Math.max(0, x(to) - x(from)),
      y: y + inset,
      height: lane - 2 * inset,
      fill,
      "fill-opacity": opacity,
    });
  const colour = options.colours[llm]!;
  const text =
    `${options.llms[llm]} ${options.roles[row]}: waited ${formatDuration(start - submit)}, ` +
    `prefill ${formatDuration(firstToken - start)}, decode ${formatDuration(end - firstToken)}` +
    (isCritical ? ", on the critical path" : "");
  const frame = {
    x: x(submit),
    y: y + inset,
    width: Math.max(0.5, x(end) - x(submit)),
    height: lane - 2 * inset,
    class: isCritical && x(end) - x(submit) > LEAST_FRAMED ? "critical" : "aside",
  };
  return shape(
    "g",
    { opacity: isCritical ? 1 : ASIDE_OPACITY },
    shape("title", {}, text),
    box(submit, start, CAUSE_COLOURS.queue, 1),
    box(start, firstToken, colour, 1),
    box(firstToken, end, colour, DECODE_OPACITY),
    shape("rect", frame),
  );
}

/** What leads from each call of the critical path to the next, through tools. */
function pathLine(
  path: ExecutionPath,
  place: {
    readonly x: (time: number) => number;
    readonly y: (call: PlacedCall) => number;
    readonly lane: number;
    readonly tools: number;
  },
): SVGElement {
  const { x, y, lane, tools } = place;
  const stops = [
    ...path.critical.map((call) => ({ from: call.submit, to: call.end, y: y(call) + lane / 2 })),
    ...path.tools.map(([from, to]) => ({ from, to, y: tools })),
  ].sort((a, b) => a.from - b.from || a.to - b.to);
  const steps = stops.slice(1).map((stop, before) => {
    const { to, y: above } = stops[before]!;
    return `M${x(to).toFixed(1)} ${above}V${stop.y}H${x(stop.from).toFixed(1)}`;
  });
  return shape("path", { d: steps.join(""), class: "path" });
}
