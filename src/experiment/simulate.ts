/**
 * Wires one simulation: executions of a workflow arrive, run closed loop on a deployment, and are
 * handed to an observer as they end.
 */

import type { DeployedLlm, Deployment, Instance } from "../deployment/plan.ts";
import { OrderClass, Simulation } from "../engine/simulation.ts";
import { toSeconds, toTicks } from "../engine/ticks.ts";
import { assert } from "../errors.ts";
import { type SlowdownModel, slowdownUnder } from "../hardware/interference.ts";
import type { IterationTime } from "../llm/iteration-time.ts";
import { createController } from "../serving/control/by-kind.ts";
import type { Controller } from "../serving/control/controller.ts";
import type { IterationSpan } from "../serving/iteration-span.ts";
import type { ServedReplica } from "../serving/replica-pool.ts";
import type { Request } from "../serving/request.ts";
import { Service } from "../serving/service.ts";
import {
  type ArrivalLimit,
  type ArrivalTimes,
  type DrawnProcess,
  processTimes,
  recordedTimes,
  scheduleArrivals,
} from "../workflow/arrivals.ts";
import { prioritized } from "../workflow/call-priorities.ts";
import { type ThinkTimes, Users } from "../workflow/closed-loop.ts";
import type { ExecutionSource } from "../workflow/draw.ts";
import { fromStepEntity } from "../workflow/drawn-execution.ts";
import { ExecutionRunner, type RunningExecution } from "../workflow/execution-runner.ts";
import { observerOfFirst } from "./observer-of-first.ts";
import { lookAt, type RunningSimulation } from "./running-simulation.ts";

/** Executions that come whatever becomes of those before: an open process, or recorded times. */
export type OpenArrivals = (
  | (DrawnProcess & {
      readonly kind: "open";
      readonly rate: number;
      readonly limit: ArrivalLimit;
      /**
       * Executions go on coming after those of a `limit` in number, until these have ended, so that
       * the load does not fall while the last of them run. The observer is not told of them.
       */
      readonly goesOn?: boolean;
    })
  | {
      readonly kind: "recorded";
      /** Seconds by execution, ascending. */
      readonly times: ArrayLike<number>;
    }
) & {
  /** Seconds after the last arrival at which the run is cut off; by default twice the span. */
  readonly drain?: number;
  /** The run is cut off at any arrival that finds so many executions in flight. */
  readonly maxInFlight?: number;
};

/** How executions come: openly, or from users that start one when their last one ends. */
export type Arrivals =
  | OpenArrivals
  | {
      readonly kind: "closed";
      readonly users: number;
      readonly limit: ArrivalLimit;
      /** Between the executions of a user; by default none. */
      readonly think?: ThinkTimes | undefined;
      /** The run stops when this many calls have ended. */
      readonly maxCalls?: number;
    };

/** Told of what happens, in simulated order; times in ticks. */
export interface RunObserver {
  /** Called once, before anything happens. */
  readonly onStart?: (running: RunningSimulation) => void;
  /** Called before execution number `execution` starts. */
  readonly onArrival?: (execution: number, now: number, replicas: readonly ServedReplica[]) => void;
  readonly onCallEnd?: (execution: RunningExecution, step: number, request: Request) => void;
  /** Called for executions that end, and at the end of the run for those that did not. */
  readonly onExecutionEnd: (execution: RunningExecution) => void;
  readonly onSpan?: (span: IterationSpan) => void;
  /** Called every `sampleInterval`, from time 0. */
  readonly onSample?: (now: number, replicas: readonly ServedReplica[]) => void;
  /** Called when the last execution has arrived. */
  readonly onArrivalsEnd?: (now: number, replicas: readonly ServedReplica[]) => void;
}

/** Everything one simulation depends on. */
export interface SimulationSetup {
  readonly deployment: Deployment;
  readonly source: ExecutionSource;
  readonly arrivals: Arrivals;
  /** How tenants of a GPU slow one another down; by default as they share it. */
  readonly slowdownModel?: SlowdownModel;
  readonly isStepwise?: boolean;
  /** Master seed, for routers that draw. */
  readonly seed?: number;
  /** Seconds between samples; none without it. */
  readonly sampleInterval?: number;
  readonly iterationTime?: (llm: DeployedLlm, instance: Instance) => IterationTime;
  /** Changes the deployment while it runs; by default the plan's own controller, if any. */
  readonly controller?: Controller;
  readonly observer: RunObserver;
  /** Whether the observer keeps nothing that it is told of, so that records can be used again. */
  readonly isStreaming?: boolean;
}

/** What a simulation leaves besides what its observer saw. */
export interface SimulationOutcome {
  readonly endTime: number;
  readonly events: number;
  readonly arrived: number;
  readonly replicas: readonly ServedReplica[];
  /** Too many executions were in flight: nothing came or ran after that. */
  readonly isCutOff: boolean;
}

/** After the last arrival a run drains for this many times the arrival span. */
export const DRAIN_SPANS = 2;

/** Runs one simulation to its end. */
export function simulate(setup: SimulationSetup): SimulationOutcome {
  const { arrivals } = setup;
  const source = orderedSource(setup);
  const simulation = new Simulation();
  let arrived = 0;
  let ended = 0;
  let calls = 0;
  // Not the clock's last instant: that may be of an event that was dropped.
  let endTime = 0;
  let isOver = false;
  const crowd: Crowd = { isTooLarge: false };
  let isSeen = false;
  const observer = observerOfFirst(observedCount(arrivals), setup.observer, () => {
    isSeen = true;
    simulation.stop();
  });
  const onArrivalsEnd = () => {
    isOver = true;
    endTime = simulation.now;
    observer.onArrivalsEnd?.(simulation.now, service.replicas);
  };
  const service = createService(setup, simulation, (request) => runner.onResponse(request));
  const startNext = () => {
    observer.onArrival?.(arrived, simulation.now, service.replicas);
    runner.start(source(arrived++));
  };
  const runner = new ExecutionRunner({
    simulation,
    ...(setup.isStreaming ? { recycle: (request: Request) => service.recycle(request) } : {}),
    submit: (call, entity) => service.submit(call, entity),
    giveUp: (request, status) => service.giveUp(request, status),
    onCallEnd: (execution, step, request) => {
      calls++;
      observer.onCallEnd?.(execution, step, request);
      if (arrivals.kind === "closed" && calls === arrivals.maxCalls) simulation.stop();
    },
    onExecutionEnd: (execution) => {
      ended++;
      endTime = simulation.now;
      observer.onExecutionEnd(execution);
      users?.goOn(execution.drawn.index);
    },
  });
  observer.onStart?.(lookAt({ simulation, service }, () => ({ arrived, ended })));
  const come = { simulation, onArrival: startNext, onLast: onArrivalsEnd };
  const users = arrivals.kind === "closed" ? new Users({ ...arrivals, ...come }) : undefined;
  const isDone = () => isOver && runner.runningCount === 0;
  scheduleSamples(setup, simulation, service, isDone);
  scheduleControl(setup, simulation, service, isDone);
  if (arrivals.kind === "closed") {
    users!.begin();
    simulation.run();
  } else {
    runArrivals(arrivals, { simulation, runner, startNext, crowd });
    onArrivalsEnd();
    const cutOff = cutOffOf(arrivals, simulation.now);
    if (!crowd.isTooLarge) simulation.run(cutOff);
    if (!isDone() && !isSeen) endTime = crowd.isTooLarge ? simulation.now : cutOff;
  }
  for (const execution of runner.running) {
    ended++;
    observer.onExecutionEnd(execution);
  }
  assert(ended === arrived, `${arrived} executions arrived and ${ended} ended`);
  const { eventsHandled: events } = simulation;
  return { endTime, events, arrived, replicas: service.replicas, isCutOff: crowd.isTooLarge };
}

function createService(
  setup: SimulationSetup,
  simulation: Simulation,
  onResponse: (request: Request) => void,
): Service {
  const { deployment, observer } = setup;
  return new Service({
    slowdownModel: slowdownUnder(deployment.sharing),
    ...setup,
    simulation,
    isStepwise: setup.isStepwise ?? false,
    sessionOf: (entity) => fromStepEntity(entity).execution,
    onResponse,
    ...(observer.onSpan === undefined ? {} : { onSpan: observer.onSpan }),
  });
}

/** The executions, with their calls in the order of a plan that has one. */
function orderedSource({ source, deployment: { control } }: SimulationSetup): ExecutionSource {
  return control?.kind === "ayo" ? prioritized(source, control.order) : source;
}

/** When a run whose last observed execution has come at `lastArrival` is cut off. */
function cutOffOf(arrivals: OpenArrivals, lastArrival: number): number {
  return lastArrival + toTicks(arrivals.drain ?? DRAIN_SPANS * toSeconds(lastArrival));
}

/** The executions in flight. */
interface Crowd {
  /** An arrival found too many of them, which stopped the simulation. */
  isTooLarge: boolean;
}

/** Runs until the last observed execution has come, or too many are in flight. */
function runArrivals(
  arrivals: OpenArrivals,
  run: { simulation: Simulation; runner: ExecutionRunner; startNext: () => void; crowd: Crowd },
): void {
  const { simulation, runner, startNext, crowd } = run;
  const { maxInFlight = Infinity } = arrivals;
  const observed = observedCount(arrivals);
  let isOver = false;
  scheduleArrivals({
    simulation,
    timeOf: timesOf(arrivals),
    onArrival: (execution) => {
      crowd.isTooLarge = runner.runningCount >= maxInFlight;
      startNext();
      if (crowd.isTooLarge || execution + 1 === observed) simulation.stop();
    },
    onLast: () => {
      isOver = true;
      simulation.stop();
    },
  });
  // Where nothing arrives at all, there is nothing to run.
  if (!isOver) simulation.run();
}

/** Executions that the observer is told of: the rest only keep up the load. */
function observedCount(arrivals: Arrivals): number {
  if (arrivals.kind !== "open" || arrivals.goesOn !== true) return Infinity;
  return "executions" in arrivals.limit ? arrivals.limit.executions : Infinity;
}

function timesOf(arrivals: OpenArrivals): ArrivalTimes {
  if (arrivals.kind === "recorded") return recordedTimes(arrivals.times);
  const isEndless = observedCount(arrivals) < Infinity;
  return processTimes(isEndless ? { ...arrivals, limit: { executions: Infinity } } : arrivals);
}

/** Samples on a fixed grid until everything is over, and once after. */
function scheduleSamples(
  setup: SimulationSetup,
  simulation: Simulation,
  service: Service,
  isOver: () => boolean,
): void {
  const { observer, sampleInterval } = setup;
  if (observer.onSample === undefined || sampleInterval === undefined) return;
  const interval = toTicks(sampleInterval);
  const sample = observer.onSample;
  let isLast = false;
  simulation.onEvent(OrderClass.sample, () => {
    sample(simulation.now, service.replicas);
    if (isLast) return;
    isLast = isOver();
    simulation.schedule(simulation.now + interval, OrderClass.sample, 0);
  });
  simulation.schedule(0, OrderClass.sample, 0);
}

/** Asks the controller at its intervals until everything is over. */
function scheduleControl(
  { deployment, ...setup }: SimulationSetup,
  simulation: Simulation,
  service: Service,
  isOver: () => boolean,
): void {
  const { control } = deployment;
  const { controller = control && createController(control) } = setup;
  if (controller === undefined) return;
  const interval = Math.max(1, toTicks(controller.interval));
  simulation.onEvent(OrderClass.control, () => {
    if (isOver()) return;
    service.control(controller);
    simulation.schedule(simulation.now + interval, OrderClass.control, 0);
  });
  simulation.schedule(interval, OrderClass.control, 0);
}
