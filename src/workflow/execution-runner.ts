/**
 * Runs drawn executions on the event clock, closed loop: a step starts when its last predecessor
 * ends. Calls go out through `submit` and come back through `onResponse`, or are given up; tools
 * are delays, which may wait for a place in a pool. An execution whose call fails ends there as
 * failed.
 */

import { OrderClass, type Simulation } from "../engine/simulation.ts";
import { toTicks } from "../engine/ticks.ts";
import type { CallRequest, CallStatus, EndStatus, Request } from "../serving/request.ts";
import {
  type DrawnCall,
  type DrawnExecution,
  fromStepEntity,
  stepEntity,
} from "./drawn-execution.ts";
import { RunningExecutions } from "./running-executions.ts";
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
  /** Steps that ended as they were given up. */
  readonly givenUp: number[];
  remainingSteps: number;
}

/** Whom a runner asks and tells. */
export interface RunnerOptions {
  readonly simulation: Simulation;
  readonly submit: (call: CallRequest, entity: number) => Request;
  /** Takes back a call that has not ended. */
  readonly giveUp: (request: Request, status: CallStatus) => void;
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
  readonly #running = new RunningExecutions();
  /** Ended executions, to be used again. */
  readonly #spare: RunningExecution[] = [];

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#simulation = options.simulation;
    this.#tools = new ToolPools(options.simulation);
    this.#simulation.onEvent(OrderClass.toolEnd, (entity) => this.#onToolEnd(entity));
    this.#simulation.onEvent(OrderClass.timeout, (entity) => this.#onTimeout(entity));
  }

  /** Executions that have not ended, in the order in which they came. */
  get running(): readonly RunningExecution[] {
    return this.#running.inOrder();
  }

  /** Number of executions that have not ended. */
  get runningCount(): number {
    return this.#running.size;
  }

  /** An execution arrives now. */
  start(drawn: DrawnExecution): void {
    const { steps } = drawn;
    const execution = this.#createExecution(drawn);
    this.#running.add(execution);
    if (steps.length === 0) this.#end(execution, "completed");
    for (let step = 0; step < steps.length; step++) {
      // A first step may be cancelled by another one that ends at once.
      const isFirst = steps[step]!.predecessorCount === 0 && execution.waitingFor[step] === 0;
      if (isFirst) this.#startStep(execution, step);
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
    if (running !== undefined && running.endTimes[step]! < 0) this.#endStep(running, step);
  }

  #onTimeout(entity: number): void {
    const { execution: index, step } = fromStepEntity(entity);
    const execution = this.#running.get(index);
    if (execution === undefined || execution.endTimes[step]! >= 0) return;
    const { isVital = false } = execution.drawn.steps[step] as DrawnCall;
    this.#giveUpCall(execution, step, isVital ? "failed" : "cancelled");
    if (isVital) this.#end(execution, "failed");
    else this.#endStep(execution, step);
  }

  #startStep(execution: RunningExecution, step: number): void {
    const { drawn } = execution;
    const drawnStep = drawn.steps[step]!;
    const entity = stepEntity(drawn.index, step);
    execution.startTimes[step] = this.#simulation.now;
    switch (drawnStep.kind) {
      case "call":
        execution.requests[step] = this.#options.submit(drawnStep, entity);
        if (drawnStep.timeout !== undefined) {
          const end = this.#simulation.now + toTicks(drawnStep.timeout);
          this.#simulation.schedule(end, OrderClass.timeout, entity);
        }
        return;
      case "tool":
        this.#tools.run(drawnStep, entity);
        return;
      case "join":
        if (drawnStep.cancelsFrom !== undefined) {
          this.#cancel(execution, drawnStep.cancelsFrom, step);
        }
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

  /** Steps from `first` to before `end`: what has not started never does, the rest is given up. */
  #cancel(execution: RunningExecution, first: number, end: number): void {
    const { drawn, startTimes, endTimes, waitingFor } = execution;
    for (let step = first; step < end; step++) {
      // Ended, or cancelled before by a fan-out within this one.
      if (endTimes[step]! >= 0 || waitingFor[step] === Infinity) continue;
      waitingFor[step] = Infinity;
      execution.remainingSteps--;
      if (startTimes[step]! < 0) continue;
      endTimes[step] = this.#simulation.now;
      if (drawn.steps[step]!.kind === "call") this.#giveUpCall(execution, step, "cancelled");
      else {
        this.#tools.giveUp(stepEntity(drawn.index, step));
        execution.givenUp.push(step);
      }
    }
  }

  #giveUpCall(execution: RunningExecution, step: number, status: CallStatus): void {
    const request = execution.requests[step]!;
    execution.givenUp.push(step);
    this.#options.giveUp(request, status);
    this.#options.onCallEnd?.(execution, step, request);
  }

  #end(execution: RunningExecution, status: EndStatus): void {
    if (!this.#running.delete(execution)) return;
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
      givenUp: [],
      remainingSteps: 0,
    };
    execution.drawn = drawn;
    execution.arrivalTime = this.#simulation.now;
    execution.endTime = -1;
    execution.status = "unfinished";
    execution.remainingSteps = steps.length;
    while (execution.givenUp.length > 0) execution.givenUp.pop();
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
      // One that is still under way outlives its execution, as one given up may.
      const isOver = request !== undefined && request.endTime >= 0 && !request.isGivenUp;
      if (isOver) recycleRequest(request);
      requests[step] = undefined;
    }
    this.#spare.push(execution);
  }
}
