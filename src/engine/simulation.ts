/**
 * The clock and the run loop. Events carry no closure: one handler per order class, registered
 * once, gets the entity and its generation stamp.
 */

import { assert } from "../errors.ts";
import { EventQueue } from "./event-queue.ts";
import { MAX_TICKS } from "./ticks.ts";

/**
 * Order of events at equal times (numbers are the order). A run that ends at t frees its slots
 * before anything that happens at t, and replicas decide what to run only after all arrivals at t.
 */
export const OrderClass = {
  iterationEnd: 0,
  arrival: 1,
  toolEnd: 2,
  response: 3,
  timeout: 4,
  replicaReady: 5,
  delivery: 6,
  withdrawal: 7,
  admission: 8,
  control: 9,
  sample: 10,
} as const;

/** One of the values of `OrderClass`. */
export type OrderClass = (typeof OrderClass)[keyof typeof OrderClass];

/** Reacts to one event of an order class at the current time. */
export type EventHandler = (entity: number, stamp: number) => void;

/** Event loop of one simulation: single-threaded, deterministic. */
export class Simulation {
  /** Current simulated time in ticks. */
  now = 0;
  /** Events handled so far. */
  eventsHandled = 0;

  readonly #queue = new EventQueue();
  readonly #handlers: (EventHandler | undefined)[] = [];
  #isStopped = false;

  /** Registers the handler of an order class; each class has exactly one. */
  onEvent(orderClass: OrderClass, handler: EventHandler): void {
    assert(this.#handlers[orderClass] === undefined, `order class ${orderClass} has a handler`);
    this.#handlers[orderClass] = handler;
  }

  /** Schedules an event at `time` ticks, not before now. */
  schedule(time: number, orderClass: OrderClass, entity: number, stamp = 0): void {
    if (!(time >= this.now && time <= MAX_TICKS)) {
      assert(false, `event at ${time} scheduled at ${this.now}`);
    }
    this.#queue.push(time, orderClass, entity, stamp);
  }

  /** Whether nothing else is scheduled for this instant, and what would come last may go on. */
  get isLastOfInstant(): boolean {
    return this.#queue.nextTime > this.now;
  }

  /** Ends `run` after the event being handled. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Handles events in order until none is left, or all left are after `until` ticks. */
  run(until = MAX_TICKS): void {
    const queue = this.#queue;
    this.#isStopped = false;
    while (!this.#isStopped && queue.pop()) {
      if (queue.time > until) {
        queue.push(queue.time, queue.orderClass, queue.entity, queue.stamp);
        this.now = until;
        return;
      }
      assert(queue.time >= this.now, "time decreased");
      this.now = queue.time;
      this.eventsHandled++;
      const handler = this.#handlers[queue.orderClass];
      assert(handler !== undefined, "an order class has no handler");
      handler(queue.entity, queue.stamp);
    }
  }
}
