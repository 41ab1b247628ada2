/**
 * F10: the random plans' latencies as a distribution function with the planners' plans as lettered
 * points on it, and beside it which planner is which, how slow, and what part of plans is faster.
 */

import type { FigureTable } from "../../records/figure-table.ts";
import { barPanel } from "./bar-panel.ts";
import { drawChart, linePanel } from "./chart.ts";

/** Planners within this part of each other's latency share a letter. */
const SAME = 0.01;

const RANDOM_COLOUR = 6;
const PLANNER_COLOUR = 0;

/** Draws F10. */
export function drawRandomPlans({ title, caption, rows }: FigureTable): string {
  const latencyOf = (row: FigureTable["rows"][number]) => Number(row.latency_seconds);
  const stable = rows
    .filter((row) => row.latency_seconds !== null)
    .sort((a, b) => latencyOf(a) - latencyOf(b));
  const random = stable.filter(({ plan }) => plan === "random").map(latencyOf);
  const partBelow = (latency: number) =>
    random.filter((value) => value <= latency).length / Math.max(1, random.length);
  const percentFaster = (latency: number) => {
    const faster = random.filter((value) => value < latency).length;
    return ((100 * faster) / Math.max(1, random.length)).toFixed();
  };
  const groups: { letter: string; planners: string[]; latency: number }[] = [];
  for (const row of stable.filter(({ plan }) => plan !== "random")) {
    const last = groups.at(-1);
    const latency = latencyOf(row);
    if (last !== undefined && latency <= (1 + SAME) * last.latency) {
      last.planners.push(String(row.plan));
    } else {
      const letter = String.fromCharCode("A".charCodeAt(0) + groups.length);
      groups.push({ letter, planners: [String(row.plan)], latency });
    }
  }
  const distribution = linePanel({
    title: "Distribution",
    x: { label: "Mean latency (s)", isLog: true },
    y: { label: "Part of the random plans at most this slow" },
    series: [
      {
        name: "random plans",
        colour: RANDOM_COLOUR,
        kind: "dashed",
        points: random.map((x) => ({ x, y: partBelow(x) })),
      },
      ...groups.map(({ letter, latency }) => ({
        name: letter,
        colour: PLANNER_COLOUR,
        kind: "points" as const,
        points: [{ x: latency, y: partBelow(latency) }],
      })),
    ],
  });
  const list = barPanel({
    title: "Planners",
    x: "Mean latency (s)",
    most: Math.max(0, ...groups.map(({ latency }) => latency)),
    bars: groups.flatMap(({ letter, planners, latency }) =>
      planners.map((planner) => ({
        name: `${letter}  ${planner}`,
        value: latency,
        text: `${latency.toPrecision(3)} s; ${percentFaster(latency)} % are faster`,
        colour: PLANNER_COLOUR,
      })),
    ),
  });
  return drawChart({ title, caption, columns: 2, panels: [distribution, list] });
}
