/**
 * What is under the pointer in a lane, in words: the row of `iterations`, or where many fall into
 * a pixel, how its time went.
 */

import { formatDuration, formatPercent } from "../units.ts";
import { PHASES, type RunDocument } from "../view-server/run-document.ts";
import { chooseDetail, phaseColumns, rowAt, type ShownRow } from "./lane-data.ts";
import type { GpuLane, TenantLane } from "./lane-layout.ts";
import type { TileStore } from "./tile-store.ts";
import { grouped } from "./time-window.ts";

/** A point of a lane, and the interval that is shown. */
export interface LanePoint {
  readonly lane: GpuLane;
  readonly tenant: TenantLane | undefined;
  readonly time: number;
  readonly scale: { readonly from: number; readonly to: number; readonly width: number };
}

/** Lines of text. */
export function laneText(
  run: RunDocument,
  tiles: TileStore,
  { lane, tenant, time, scale }: LanePoint,
): readonly string[] {
  const { id } = run.gpus[lane.gpu]!;
  if (tenant === undefined) return [id, "no tenant has this share"];
  const { llm, share } = run.replicas[tenant.replica]!;
  const title = `${id}: ${run.llms[llm]!.name}, share ${formatPercent(share)}`;
  const perPixel = (scale.to - scale.from) / scale.width;
  const source = { detail: run.detail, tiles };
  if (chooseDetail(run.detail, perPixel).kind === "rows") {
    const row = rowAt(source, tenant.replica, time);
    return row === undefined ? [title, "idle"] : [title, ...rowText(row)];
  }
  const column = { from: time, perColumn: perPixel, count: 1 };
  const parts = phaseColumns(source, tenant.replica, column);
  const idle = 1 - parts.reduce((sum, part) => sum + part, 0);
  const known = [...PHASES.map((name, phase) => ({ name, part: parts[phase]! }))].reverse();
  const text = [...known, { name: "idle", part: Math.max(0, idle) }]
    .filter(({ part }) => part >= 5e-4)
    .map(({ name, part }) => `${name} ${formatPercent(part)}`);
  return [title, text.join(", "), `of ${formatDuration(perPixel)} at ${time.toFixed(2)} s`];
}

function rowText(row: ShownRow): string[] {
  const { phase, start, end, iterations, batch, prefillTokens, contextTokens, slowdown } = row;
  const noun = iterations === 1 ? "iteration" : "iterations";
  const context = `${grouped(contextTokens)} tokens of context`;
  const tokens = prefillTokens > 0 ? `${grouped(prefillTokens)} of prefill, ${context}` : context;
  return [
    `${PHASES[phase]}: ${grouped(iterations)} ${noun} of batch ${batch}`,
    tokens,
    `${start.toFixed(4)} s to ${end.toFixed(4)} s (${formatDuration(end - start)})`,
    ...(slowdown > 1 ? [`slowed down ${slowdown.toFixed(2)}x by its neighbours`] : []),
  ];
}
