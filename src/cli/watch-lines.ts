/**
 * What a simulation does while it runs, as lines: its clock, how executions come and end, how many
 * calls run and wait at each LLM, how fast events pass. Rates are over the last seconds of real
 * time.
 */

import type { RunningSimulation } from "../experiment/running-simulation.ts";
import { formatDuration } from "../units.ts";
import { rate, times } from "./table-values.ts";

/** What was counted when. */
interface Snapshot {
  /** Real seconds. */
  readonly at: number;
  readonly time: number;
  readonly events: number;
  readonly arrived: number;
  readonly ended: number;
}

/** Real seconds that rates are taken over. */
const SPAN = 3;

/** Looks at a simulation again and again. */
export class WatchLines {
  readonly #running: RunningSimulation;
  #snapshots: Snapshot[] = [];

  constructor(running: RunningSimulation) {
    this.#running = running;
  }

  /** The lines at a real time in seconds. */
  at(now: number): string[] {
    const { time, events, arrived, ended, loads } = this.#running;
    const latest = { at: now, time, events, arrived, ended };
    const inSpan = this.#snapshots.filter(({ at }) => now - at <= SPAN);
    this.#snapshots = [...inSpan, latest];
    const first = this.#snapshots[0]!;
    const per = (count: number, seconds: number) => (seconds > 0 ? count / seconds : undefined);
    const simulated = time - first.time;
    const real = now - first.at;
    const speed = per(simulated, real);
    const eventRate = per(events - first.events, real);
    const widest = Math.max(...loads.map(({ name }) => name.length), 3);
    return [
      `clock       ${formatDuration(time)}, ${times(speed)} as fast as real time`,
      `executions  ${count(arrived - ended)} in flight, ` +
        `${count(arrived)} came (${rate(per(arrived - first.arrived, simulated))}), ` +
        `${count(ended)} ended (${rate(per(ended - first.ended, simulated))})`,
      `events      ${count(events)} (${eventRate === undefined ? "–" : count(eventRate)}/s)`,
      `${"LLM".padEnd(widest)}  running  waiting`,
      ...loads.map(({ name, running, waiting }) => {
        return `${name.padEnd(widest)}  ${pad(running)}  ${pad(waiting)}`;
      }),
    ];
  }
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function pad(value: number): string {
  return count(value).padStart(7);
}
