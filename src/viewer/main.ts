/**
 * The page of `sim view`: fetches what the runs are, builds the parts, and shows what fails.
 */

import { DetailPanel } from "./detail-panel.ts";
import { byId } from "./dom.ts";
import { fetchExecutions } from "./execution-data.ts";
import { ExecutionListing } from "./execution-list.ts";
import { buildHeader } from "./header.ts";
import { buildHelp, listenToKeys } from "./keyboard.ts";
import { PageState } from "./page-state.ts";
import { fetchColumns, fetchPairs, fetchRuns, integers } from "./server-data.ts";
import { onThemeChange } from "./theme.ts";
import { type TileRequest, TileStore } from "./tile-store.ts";
import { buildTimeline } from "./timeline.ts";

function showProblem(error: unknown): void {
  const place = byId("problem");
  place.hidden = false;
  place.textContent = error instanceof Error ? error.message : String(error);
}

async function start(): Promise<void> {
  const runs = await fetchRuns();
  const executions = await Promise.all(
    runs.map(({ counts }, run) => fetchExecutions(run, counts.executions)),
  );
  const state = new PageState(runs, executions);
  const pairs = runs.length === 1 ? undefined : await pairedRows(executions[0]!.execution.length);
  const tiles = runs.map(({ detail }, run) => {
    const store = new TileStore({
      detail,
      fetch: (request) => fetchTile(run, request),
      onArrival: () => state.changed("data"),
      onFailure: showProblem,
    });
    // The whole run at its coarsest: what stands in for everything else.
    store.bins(detail.levels - 1, 0);
    return store;
  });
  const sameCount = pairs?.filter((row) => row >= 0).length ?? 0;
  buildHeader(byId("header"), runs, sameCount);
  buildHelp(byId("help"));
  const views = buildTimeline(byId("timeline"), state, tiles);
  const listing = new ExecutionListing(state, pairs);
  new DetailPanel(byId("detail"), state, { listing, onFailure: showProblem });
  listenToKeys(state, { views, listing });
  onThemeChange(() => state.changed("data"));
}

function fetchTile(run: number, request: TileRequest) {
  const { kind, tile } = request;
  return kind === "rows"
    ? fetchColumns(run, "segments", { tile })
    : fetchColumns(run, "bins", { level: request.level, tile });
}

/** By row of the first run's executions: the row of the same execution in the second; or -1. */
async function pairedRows(count: number): Promise<Int32Array> {
  const message = await fetchPairs();
  const rows = new Int32Array(count).fill(-1);
  integers(message, "a").forEach((row, index) => {
    rows[row] = integers(message, "b")[index]!;
  });
  return rows;
}

start().catch(showProblem);
