/**
 * How the latencies of the measured executions are distributed: the part that took at most so
 * long, with percentiles and, where it is known, the mean that was predicted or measured.
 */

import * as Plot from "@observablehq/plot";
import { formatDuration } from "../units.ts";
import { groupStyle } from "./group-style.ts";
import { drawChart } from "./plot-picture.ts";
import type { RunData, SimulatedRun } from "./run-data.ts";

const SIZE = { width: 600, height: 430 };

/** Steps of the curve: more than its pixels show nothing more. */
const MOST_STEPS = 300;

/** Text over lines stays readable on the ground of the page's figures. */
const HALO = { fill: "currentColor", stroke: "var(--card)", strokeWidth: 4 };

/** Latencies against the part of executions; undefined when none completed. */
export function latencyFigure(data: RunData, simulated: SimulatedRun): string | undefined {
  const latencies = measuredLatencies(simulated);
  if (latencies.length === 0) return undefined;
  const { latency_seconds: summary } = simulated.summary;
  const percentiles = (["p50", "p95", "p99"] as const).flatMap((name) => {
    const latency = summary[name];
    return latency === null ? [] : [{ name, latency, part: Number(name.slice(1)) / 100 }];
  });
  const means = meansOf(data);
  return drawChart({
    ...SIZE,
    marginTop: 34 + 15 * means.length,
    marginRight: 30,
    marginLeft: 52,
    marginBottom: 44,
    x: { label: "latency (s) →", domain: [0, latencies.at(-1)!], nice: true },
    y: { label: "↑ part of executions", domain: [0, 1], tickFormat: "%", grid: true },
    marks: [
      Plot.line(distributionSteps(latencies), {
        x: "latency",
        y: "part",
        curve: "step-after",
        stroke: groupStyle(0).colour,
        strokeWidth: 2,
      }),
      Plot.dot(percentiles, { x: "latency", y: "part", r: 3.5, fill: groupStyle(0).colour }),
      ...percentiles.map((point) =>
        Plot.text([point], {
          x: "latency",
          y: "part",
          text: ({ name, latency }) => `${name} ${formatDuration(latency)}`,
          ...HALO,
          textAnchor: "start",
          lineAnchor: "top",
          dx: 7,
          // The next label may begin within this one.
          dy: point.name === "p95" ? 20 : 5,
        }),
      ),
      ...means.flatMap(({ text, value }, index) => [
        Plot.ruleX([value], { stroke: groupStyle(1 + index).colour, strokeDasharray: "5 3" }),
        Plot.text([value], {
          x: (x) => x,
          frameAnchor: "top",
          text: () => text,
          lineAnchor: "bottom",
          dy: -6 - 15 * (means.length - 1 - index),
          textAnchor: value > 0.7 * latencies.at(-1)! ? "end" : "start",
          dx: value > 0.7 * latencies.at(-1)! ? 4 : -4,
        }),
      ]),
    ],
  });
}

/** Latencies of the completed executions that arrived after the warm-up, ascending. */
function measuredLatencies({ summary, executions }: SimulatedRun): Float64Array {
  const { arrival, latency } = executions;
  return latency
    .filter((value, row) => !Number.isNaN(value) && arrival[row]! >= summary.warmup_seconds)
    .sort();
}

/** Points of the distribution function of ascending values, at most so many. */
export function distributionSteps(
  ascending: Float64Array,
): { readonly latency: number; readonly part: number }[] {
  const count = Math.min(ascending.length, MOST_STEPS);
  const steps = Array.from({ length: count }, (_, index) => {
    const rank = Math.ceil(((index + 1) / count) * ascending.length);
    return { latency: ascending[rank - 1]!, part: rank / ascending.length };
  });
  return [{ latency: ascending[0]!, part: 0 }, ...steps];
}

function meansOf({ summary }: RunData): { readonly text: string; readonly value: number }[] {
  const means = [
    { name: "simulated mean", value: summary.simulated?.latency_seconds.mean },
    { name: "predicted mean", value: summary.predicted?.latency_mean_seconds },
    { name: "measured mean", value: summary.observed?.latency_seconds.mean },
  ];
  return means.flatMap(({ name, value }) =>
    value === null || value === undefined
      ? []
      : [{ text: `${name} ${formatDuration(value)}`, value }],
  );
}
