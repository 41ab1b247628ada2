/**
 * The executions under way, by number. Numbers are handed out in order, so those under way at one
 * time are close together: the last bits of a number tell its place, and a table in which two would
 * have the same place is doubled. That is several times as fast as a map, which would be asked at
 * every event.
 */

import { assert } from "../errors.ts";
import type { RunningExecution } from "./execution-runner.ts";

const FIRST_SIZE = 256;

/** A set of executions, each found by its number. */
export class RunningExecutions {
  #places: (RunningExecution | undefined)[] = emptyPlaces(FIRST_SIZE);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(index: number): RunningExecution | undefined {
    const found = this.#places[index & (this.#places.length - 1)];
    return found?.drawn.index === index ? found : undefined;
  }

  add(execution: RunningExecution): void {
    const { index } = execution.drawn;
    for (;;) {
      const place = index & (this.#places.length - 1);
      const there = this.#places[place];
      if (there === undefined) {
        this.#places[place] = execution;
        this.#size++;
        return;
      }
      assert(there.drawn.index !== index, "an execution started twice");
      this.#grow();
    }
  }

  /** Takes an execution out; false if it is not there. */
  delete(execution: RunningExecution): boolean {
    const place = execution.drawn.index & (this.#places.length - 1);
    if (this.#places[place] !== execution) return false;
    this.#places[place] = undefined;
    this.#size--;
    return true;
  }

  /** All of them, by ascending number. */
  inOrder(): RunningExecution[] {
    return this.#places
      .filter((execution) => execution !== undefined)
      .sort((a, b) => a.drawn.index - b.drawn.index);
  }

  #grow(): void {
    const executions = this.inOrder();
    this.#places = emptyPlaces(2 * this.#places.length);
    this.#size = 0;
    for (const execution of executions) this.add(execution);
  }
}

function emptyPlaces(size: number): (RunningExecution | undefined)[] {
  return new Array<RunningExecution | undefined>(size).fill(undefined);
}
