/**
 * Runs drawn executions on the event clock, closed loop: a step starts when its last predecessor
 * ends. Calls go out through `submit` and come back through `onResponse`; tools are delays, which
 * may wait for a place in a pool. An
 * execution whose call fails ends there as failed.
 */

import { OrderClass, type Simulation } from "../engine/simulation.ts";
import { assert } from "../errors.ts";
import type { CallRequest, EndStatus, Request } from "../serving/request.ts";
import { type DrawnExecution, fromStepEntity, stepEntity } from "./drawn-execution.ts";
import { ToolPools } from "./tool-pools.ts";

/** An execution under way or ended; times in ticks, -1 where not reached. */
export interface RunningExecution {
  drawn: DrawnExecution;
  arrivalTime: number;
  endTime: number;
  status: EndStatus;
  /** By step: when it started and ended, and the predecessor that ended last (-1: none). */
  readonly startTimes: number[];
  readonly endTimes: number[];
  readonly lastPredecessors: number[];
  /** By step: its request, for calls that were submitted. */
  readonly requests: (Request | undefined)[];
  readonly waitingFor: number[];
  remainingSteps: number;
}

/** Whom a runner asks and tells. */
export interface RunnerOptions {
  readonly simulation: Simulation;
  readonly submit: (call: CallRequest, entity: number) => Request;
  readonly onCallEnd?: (execution: RunningExecution, step: number, request: Request) => void;
  readonly onExecutionEnd: (execution: RunningExecution) => void;
  /**
   * Told of requests that are over, with their execution. With it, executions and requests are
   * used again: whoever is told of one may read it only then. A million calls then need no more
   * memory than those under way.
   */
  readonly recycle?: (request: Request) => void;
}

/** The executions under way in one simulation. */
export class ExecutionRunner {
  readonly #options: RunnerOptions;
  readonly #simulation: Simulation;
  readonly #tools: ToolPools;
  readonly #running = new Map<number, RunningExecution>();
  /** Ended executions, to be used again. */
  readonly #spare: RunningExecution[] = [];

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#simulation = options.simulation;
    this.#tools = new ToolPools(options.simulation);
    this.#simulation.onEvent(OrderClass.toolEnd, (entity) => this.#onToolEnd(entity));
  }

  /** Executions that have not ended. */
  get running(): Iterable<RunningExecution> {
    return this.#running.values();
  }

  /** Number of executions that have not ended. */
  get runningCount(): number {
    return this.#running.size;
  }

  /** An execution arrives now. */
  start(drawn: DrawnExecution): void {
    const { steps } = drawn;
    assert(!this.#running.has(drawn.index), `execution ${drawn.index} started twice`);
    const execution = this.#createExecution(drawn);
    this.#running.set(drawn.index, execution);
    if (steps.length === 0) this.#end(execution, "completed");
    for (let step = 0; step < steps.length; step++) {
      if (steps[step]!.predecessorCount === 0) this.#startStep(execution, step);
    }
  }

  /** The response of a call arrived. */
  onResponse(request: Request): void {
    const { execution: index, step } = fromStepEntity(request.entity);
    const execution = this.#running.get(index);
    if (execution === undefined) {
      // A call that outlives its failed execution.
      this.#options.recycle?.(request);
      return;
    }
    this.#options.onCallEnd?.(execution, step, request);
    if (request.status === "failed") this.#end(execution, "failed");
    else this.#endStep(execution, step);
  }

  #onToolEnd(entity: number): void {
    this.#tools.end(entity);
    const { execution, step } = fromStepEntity(entity);
    const running = this.#running.get(execution);
    if (running !== undefined) this.#endStep(running, step);
  }

  #startStep(execution: RunningExecution, step: number): void {
    const { drawn } = execution;
    const drawnStep = drawn.steps[step]!;
    const entity = stepEntity(drawn.index, step);
    execution.startTimes[step] = this.#simulation.now;
    switch (drawnStep.kind) {
      case "call":
        execution.requests[step] = this.#options.submit(drawnStep, entity);
        return;
      case "tool":
        this.#tools.run(drawnStep, entity);
        return;
      case "join":
        if (drawnStep.stopsFrom !== undefined) this.#stop(execution, drawnStep.stopsFrom, step);
        this.#endStep(execution, step);
    }
  }

  #endStep(execution: RunningExecution, step: number): void {
    execution.endTimes[step] = this.#simulation.now;
    execution.remainingSteps--;
    for (const successor of execution.drawn.steps[step]!.successors) {
      // Below zero: a join that needed no more has gone on.
      if (--execution.waitingFor[successor]! !== 0) continue;
      execution.lastPredecessors[successor] = step;
      this.#startStep(execution, successor);
    }
    if (execution.remainingSteps === 0) this.#end(execution, "completed");
  }

  /** Steps from `first` to before `end` that have not started never do. */
  #stop(execution: RunningExecution, first: number, end: number): void {
    for (let step = first; step < end; step++) {
      if (execution.startTimes[step]! >= 0) continue;
      execution.waitingFor[step] = Infinity;
      execution.remainingSteps--;
    }
  }

  #end(execution: RunningExecution, status: EndStatus): void {
    if (!this.#running.delete(execution.drawn.index)) return;
    execution.status = status;
    execution.endTime = this.#simulation.now;
    this.#options.onExecutionEnd(execution);
    if (this.#options.recycle !== undefined) this.#recycle(execution, this.#options.recycle);
  }

  #createExecution(drawn: DrawnExecution): RunningExecution {
    const { steps } = drawn;
    const execution = this.#spare.pop() ?? {
      drawn,
      arrivalTime: 0,
      endTime: 0,
      status: "unfinished",
      startTimes: [],
      endTimes: [],
      lastPredecessors: [],
      requests: [],
      waitingFor: [],
      remainingSteps: 0,
    };
    execution.drawn = drawn;
    execution.arrivalTime = this.#simulation.now;
    execution.endTime = -1;
    execution.status = "unfinished";
    execution.remainingSteps = steps.length;
    for (let step = 0; step < steps.length; step++) {
      execution.startTimes[step] = -1;
      execution.endTimes[step] = -1;
      execution.lastPredecessors[step] = -1;
      execution.requests[step] = undefined;
      const drawnStep = steps[step]!;
      const needs = drawnStep.kind === "join" ? drawnStep.needs : undefined;
      execution.waitingFor[step] = needs ?? drawnStep.predecessorCount;
    }
    return execution;
  }

  #recycle(execution: RunningExecution, recycleRequest: (request: Request) => void): void {
    const { requests } = execution;
    for (let step = execution.drawn.steps.length - 1; step >= 0; step--) {
      const request = requests[step];
      // One that is still under way outlives its failed execution.
      if (request !== undefined && request.endTime >= 0) recycleRequest(request);
      requests[step] = undefined;
    }
    this.#spare.push(execution);
  }
}
