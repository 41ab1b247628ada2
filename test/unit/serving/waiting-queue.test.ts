import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WaitingQueue } from "../../../src/serving/waiting-queue.ts";

/** Empties a queue. */
function served<T>(queue: WaitingQueue<T>): (T | undefined)[] {
  const entries: (T | undefined)[] = [];
  for (; queue.length > 0; queue.shift()) entries.push(queue.peek());
  return entries;
}

describe("WaitingQueue", () => {
  test("is empty at first", () => {
    const queue = new WaitingQueue<number>();
    expect([queue.length, queue.peek()]).toEqual([0, undefined]);
  });

  test("serves what was put back before all others, last put back first", () => {
    const queue = new WaitingQueue<string>();
    for (const entry of ["a", "b"]) queue.push(entry, 0);
    for (const entry of ["preempted", "preempted later"]) queue.putBack(entry, 0);
    expect(served(queue)).toEqual(["preempted later", "preempted", "a", "b"]);
  });

  test("serves the lowest priority number first, also before what was put back", () => {
    const queue = new WaitingQueue<string>();
    queue.push("b", 1);
    queue.push("c", 2);
    queue.putBack("preempted", 1);
    queue.push("a", -1);
    queue.push("b later", 1);
    queue.push("a later", -1);
    expect(served(queue)).toEqual(["a", "a later", "preempted", "b", "b later", "c"]);
  });

  test("finds and removes an entry wherever it is, and keeps the order of the others", () => {
    const queue = new WaitingQueue<string>();
    for (const entry of ["a", "b", "c", "d"]) queue.push(entry, 0);
    queue.putBack("front", 0);
    queue.push("late", 1);
    queue.shift();
    queue.shift();
    const is = (name: string) => (entry: string) => entry === name;
    expect([queue.find(is("c")), queue.find(is("a"))]).toEqual(["c", undefined]);
    expect([queue.remove(is("c")), queue.remove(is("a"))]).toEqual(["c", undefined]);
    expect(queue.remove(is("late"))).toBe("late");
    queue.putBack("again", 0);
    expect(queue.remove(is("again"))).toBe("again");
    expect(queue.length).toBe(2);
    expect(served(queue)).toEqual(["b", "d"]);
  });

  test("takes any priority again after it was empty", () => {
    const queue = new WaitingQueue<string>();
    for (const priority of [3, 5, 1, 3]) {
      queue.push(`of ${priority}`, priority);
      queue.push("last", 9);
      expect(served(queue)).toEqual([`of ${priority}`, "last"]);
      expect(queue.peek()).toBeUndefined();
    }
  });

  test("is a sorted array, however long", () => {
    const operation = fc.record({
      kind: fc.constantFrom("push" as const, "shift" as const, "putBack" as const),
      priority: fc.integer({ min: -1, max: 2 }),
      times: fc.nat(60),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
        const queue = new WaitingQueue<number>();
        const model = new ModelQueue();
        let next = 0;
        for (const { kind, priority, times } of operations) {
          for (let count = 0; count < times; count++, next++) {
            if (kind !== "shift") {
              queue[kind](next, priority);
              model[kind](next, priority);
            } else if (model.entries.length > 0) {
              queue.shift();
              model.entries.shift();
            }
            const first = model.entries[0]?.entry;
            if (queue.peek() !== first) expect(queue.peek()).toBe(first);
          }
          expect(queue.length).toBe(model.entries.length);
        }
      }),
    );
  });
});

/** The same as one array. */
class ModelQueue {
  readonly entries: { readonly entry: number; readonly priority: number }[] = [];

  push(entry: number, priority: number): void {
    this.#insert(entry, priority, (other) => other > priority);
  }

  putBack(entry: number, priority: number): void {
    this.#insert(entry, priority, (other) => other >= priority);
  }

  #insert(entry: number, priority: number, isBehind: (other: number) => boolean): void {
    const index = this.entries.findIndex((other) => isBehind(other.priority));
    const place = index < 0 ? this.entries.length : index;
    this.entries.splice(place, 0, { entry, priority });
  }
}
