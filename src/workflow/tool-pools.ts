/**
 * Pools of tools that all executions of a simulation share: a tool takes a place in order of
 * coming, and starts no sooner than the pool's rate allows. A place that is taken waits for the
 * rate too, which changes no start: those behind it could not start before it.
 */

import { OrderClass, type Simulation } from "../engine/simulation.ts";
import { toTicks } from "../engine/ticks.ts";
import { assert } from "../errors.ts";
import type { DrawnTool } from "./drawn-execution.ts";
import type { ToolPool } from "./program.ts";

interface PoolState {
  readonly pool: ToolPool;
  taken: number;
  /** Ticks before which no tool may start. */
  nextStart: number;
  /** Durations in seconds of tools that wait for a place, by step entity, in order of coming. */
  readonly waiting: Map<number, number>;
}

/** The pools of one simulation. */
export class ToolPools {
  readonly #simulation: Simulation;
  readonly #states = new Map<ToolPool, PoolState>();
  /** By step entity: the pool of a tool that has a place. */
  readonly #places = new Map<number, PoolState>();

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  /** Runs a tool now, or once its pool has a place; its end comes as an event of its entity. */
  run({ duration, pool }: DrawnTool, entity: number): void {
    if (pool === undefined) {
      const end = this.#simulation.now + toTicks(duration);
      this.#simulation.schedule(end, OrderClass.toolEnd, entity);
      return;
    }
    const state = this.#stateOf(pool);
    if (state.taken < pool.capacity) this.#start(state, entity, duration);
    else state.waiting.set(entity, duration);
  }

  /** A tool ended: its place, if it had one, goes to the next. */
  end(entity: number): void {
    const state = this.#places.get(entity);
    if (state === undefined) return;
    this.#places.delete(entity);
    state.taken--;
    for (const [next, duration] of state.waiting) {
      state.waiting.delete(next);
      this.#start(state, next, duration);
      return;
    }
  }

  /** A tool is given up: it waits no more, or its place goes to the next. */
  giveUp(entity: number): void {
    for (const { waiting } of this.#states.values()) if (waiting.delete(entity)) return;
    this.end(entity);
  }

  #start(state: PoolState, entity: number, duration: number): void {
    const { pool } = state;
    state.taken++;
    assert(state.taken <= pool.capacity, `more tools than places in pool ${pool.name}`);
    const start = Math.max(this.#simulation.now, state.nextStart);
    state.nextStart = start + toTicks(pool.interval);
    this.#places.set(entity, state);
    this.#simulation.schedule(start + toTicks(duration), OrderClass.toolEnd, entity);
  }

  #stateOf(pool: ToolPool): PoolState {
    let state = this.#states.get(pool);
    if (state === undefined) {
      state = { pool, taken: 0, nextStart: 0, waiting: new Map() };
      this.#states.set(pool, state);
    }
    return state;
  }
}
