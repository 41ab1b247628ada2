/**
 * Wires one simulation: executions of a workflow arrive, run closed loop on a deployment, and are
 * handed to an observer as they end.
 */

import type { DeployedLlm, Deployment, Instance } from "../deployment/plan.ts";
import { OrderClass, Simulation } from "../engine/simulation.ts";
import { toSeconds, toTicks } from "../engine/ticks.ts";
import { assert } from "../errors.ts";
import type { SlowdownModel } from "../hardware/interference.ts";
import type { IterationTime } from "../llm/iteration-time.ts";
import type { IterationSpan } from "../serving/iteration-span.ts";
import type { Request } from "../serving/request.ts";
import { type ServedReplica, Service } from "../serving/service.ts";
import { type ArrivalLimit, scheduleArrivals } from "../workflow/arrivals.ts";
import type { ExecutionSource } from "../workflow/draw.ts";
import { ExecutionRunner, type RunningExecution } from "../workflow/execution-runner.ts";

/** How executions come: an open process, or users that start one when their last one ends. */
export type Arrivals =
  | {
      readonly kind: "open";
      readonly rate: number;
      readonly unitGap: () => number;
      readonly limit: ArrivalLimit;
      /** Seconds after the last arrival at which the run is cut off; by default twice the span. */
      readonly drain?: number;
    }
  | {
      readonly kind: "closed";
      readonly users: number;
      readonly executions: number;
      /** The run stops when this many calls have ended. */
      readonly maxCalls?: number;
    };

/** Told of what happens, in simulated order; times in ticks. */
export interface RunObserver {
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
  readonly slowdownModel: SlowdownModel;
  readonly isStepwise?: boolean;
  /** Seconds between samples; none without it. */
  readonly sampleInterval?: number;
  readonly iterationTime?: (llm: DeployedLlm, instance: Instance) => IterationTime;
  readonly observer: RunObserver;
}

/** What a simulation leaves besides what its observer saw. */
export interface SimulationOutcome {
  readonly endTime: number;
  readonly events: number;
  readonly arrived: number;
  readonly replicas: readonly ServedReplica[];
}

/** After the last arrival a run drains for this many times the arrival span. */
const DRAIN_SPANS = 2;

/** Runs one simulation to its end. */
export function simulate(setup: SimulationSetup): SimulationOutcome {
  const { deployment, source, arrivals, observer } = setup;
  const simulation = new Simulation();
  let arrived = 0;
  let ended = 0;
  let calls = 0;
  // Not the clock's last instant: that may be of an event that was dropped.
  let endTime = 0;
  let isOver = false;
  const maxCalls = arrivals.kind === "closed" ? arrivals.maxCalls : undefined;
  const service = new Service({
    ...setup,
    simulation,
    deployment,
    isStepwise: setup.isStepwise ?? false,
    onResponse: (request) => runner.onResponse(request),
    ...(observer.onSpan === undefined ? {} : { onSpan: observer.onSpan }),
  });
  const startNext = () => {
    observer.onArrival?.(arrived, simulation.now, service.replicas);
    runner.start(source(arrived++));
  };
  const runner = new ExecutionRunner({
    simulation,
    submit: (call, entity) => service.submit(call, entity),
    onCallEnd: (execution, step, request) => {
      calls++;
      observer.onCallEnd?.(execution, step, request);
      if (calls === maxCalls) simulation.stop();
    },
    onExecutionEnd: (execution) => {
      ended++;
      endTime = simulation.now;
      observer.onExecutionEnd(execution);
      if (arrivals.kind === "closed" && arrived < arrivals.executions) startNext();
    },
  });

  const isIdle = () => runner.runningCount === 0;
  scheduleSamples(setup, simulation, service, () => isOver && isIdle());
  if (arrivals.kind === "closed") {
    isOver = true;
    while (arrived < Math.min(arrivals.users, arrivals.executions)) startNext();
    simulation.run();
  } else {
    scheduleArrivals({
      ...arrivals,
      simulation,
      onArrival: startNext,
      onLast: () => simulation.stop(),
    });
    simulation.run();
    isOver = true;
    observer.onArrivalsEnd?.(simulation.now, service.replicas);
    const { drain = DRAIN_SPANS * toSeconds(simulation.now) } = arrivals;
    const cutOff = simulation.now + toTicks(drain);
    simulation.run(cutOff);
    if (!isIdle()) endTime = cutOff;
  }
  for (const execution of runner.running) {
    ended++;
    observer.onExecutionEnd(execution);
  }
  assert(ended === arrived, `${arrived} executions arrived and ${ended} ended`);
  const { eventsHandled: events } = simulation;
  return { endTime, events, arrived, replicas: service.replicas };
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
  simulation.onEvent(OrderClass.control, () => {
    sample(simulation.now, service.replicas);
    if (isLast) return;
    isLast = isOver();
    simulation.schedule(simulation.now + interval, OrderClass.control, 0);
  });
  simulation.schedule(0, OrderClass.control, 0);
}
