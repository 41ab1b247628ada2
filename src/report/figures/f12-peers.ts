/** F12: ranges of speed above, of errors below; ours in a colour of its own. */

import type { FigureRow, FigureTable } from "../../records/figure-table.ts";
import { barPanel } from "./bar-panel.ts";
import { type Chart, drawChart } from "./chart.ts";

const OURS = 0;
const OTHERS = 6;

/** Draws F12. */
export function drawPeers({ title, caption, rows }: FigureTable): string {
  const panel = (
    name: string,
    head: { readonly title: string; readonly x: string },
    format: (value: number) => string,
  ): Chart["panels"][number] => {
    const own = rows.filter((row) => row.panel === name);
    const ends = own.flatMap(({ low, high }) => [Number(low), Number(high)]);
    const bars = own.map((row) => ({
      name: String(row.name),
      from: Number(row.low),
      value: Number(row.high),
      text: `${rangeOf(row, format)} (${row.source})`,
      colour: row.source === "measured now" ? OURS : OTHERS,
    }));
    return barPanel({ ...head, least: Math.min(...ends), most: Math.max(...ends), bars });
  };
  const speed = { title: "Speed", x: "Requests simulated per second" };
  const error = { title: "Accuracy", x: "Size of the relative error" };
  return drawChart({
    title,
    caption,
    columns: 1,
    panels: [
      panel("speed", speed, (value) => Number(value.toPrecision(2)).toLocaleString("en-US")),
      panel("error", error, (value) => `${(100 * value).toFixed(1)} %`),
    ],
  });
}

function rangeOf({ low, high }: FigureRow, format: (value: number) => string): string {
  const [from, to] = [format(Number(low)), format(Number(high))];
  return from === to ? to : `${from} to ${to}`;
}
