import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WaitingQueue } from "../../../src/serving/waiting-queue.ts";

describe("WaitingQueue", () => {
  test("is empty at first", () => {
    const queue = new WaitingQueue<number>();
    expect([queue.length, queue.peek()]).toEqual([0, undefined]);
  });

  test("serves what was put back before all others, last put back first", () => {
    const queue = new WaitingQueue<string>();
    for (const entry of ["a", "b"]) queue.push(entry);
    for (const entry of ["preempted", "preempted later"]) queue.putBack(entry);
    const served: (string | undefined)[] = [];
    for (; queue.length > 0; queue.shift()) served.push(queue.peek());
    expect(served).toEqual(["preempted later", "preempted", "a", "b"]);
  });

  test("is an array, however long", () => {
    const operation = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant("push"), times: fc.nat(60) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("putBack"), times: fc.nat(3) }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant("shift"), times: fc.nat(60) }) },
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
        const queue = new WaitingQueue<number>();
        const model: number[] = [];
        let next = 0;
        for (const { kind, times } of operations) {
          for (let count = 0; count < times; count++, next++) {
            if (kind === "push") {
              queue.push(next);
              model.push(next);
            } else if (kind === "putBack") {
              queue.putBack(next);
              model.unshift(next);
            } else if (model.length > 0) {
              queue.shift();
              model.shift();
            }
            if (queue.peek() !== model[0]) expect(queue.peek()).toBe(model[0]);
          }
          expect([queue.length, queue.peek()]).toEqual([model.length, model[0]]);
        }
      }),
    );
  });
});
