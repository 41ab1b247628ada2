import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  kvBytesByReplica,
  kvBytesOfTenants,
  tenantWeights,
} from "../../../src/deployment/memory.ts";
import type { Deployment, Instance } from "../../../src/deployment/plan.ts";
import { weightBytes } from "../../../src/llm/model.ts";
import { GB } from "../../../src/units.ts";
import { testCluster, testEngine, testModel } from "../fixtures.ts";

const cluster = testCluster(1, 4);
const weights = weightBytes(testModel, 1);
const usable = 0.9 * 80 * GB;

function deploy(...instances: Instance[]): Deployment {
  return { cluster, llms: [{ name: "a", model: testModel, engine: testEngine, instances }] };
}

function on(gpus: readonly number[], share: number): Instance {
  return { gpus: gpus.map((index) => cluster.gpus[index]!), share };
}

/** KV cache of tenants of one GPU with these shares. */
function split(instances: readonly Instance[]): number[] {
  const llm = deploy(...instances).llms[0]!;
  return kvBytesOfTenants(
    instances.map((instance) => ({ llm, instance })),
    80 * GB,
  );
}

describe("KV cache of the tenants of a GPU", () => {
  test("is all that the weights leave of what the engine may use", () => {
    expect(split([on([0], 1)])).toEqual([usable - weights]);
    expect(split([on([0], 0.25)])).toEqual([usable - weights]);
  });

  test("is split by share", () => {
    const [small, large] = split([on([0], 0.25), on([0], 0.75)]);
    expect(small!).toBeCloseTo((usable - 2 * weights) / 4, 3);
    expect(large!).toBeCloseTo(((usable - 2 * weights) * 3) / 4, 3);
  });

  test("is what the plan says, and the rest for the others", () => {
    const fixed = { ...on([0], 0.5), memory: 20 * GB };
    const [planned, left] = split([fixed, on([0], 0.5)]);
    expect(planned!).toBe(20 * GB - weights);
    expect(left!).toBeCloseTo(usable - 20 * GB - weights, 3);
  });

  test("is not above zero where the weights leave nothing", () => {
    const bytes = split(Array.from({ length: 5 }, () => on([0], 0.2)));
    expect(Math.max(...bytes)).toBeLessThan(0);
  });

  test("adds up to what the engine may use, in proportion to the shares", () => {
    const shares = fc.array(fc.double({ min: 0.05, max: 1, noNaN: true }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(shares, (parts) => {
        const bytes = split(parts.map((share) => on([0], share)));
        const total = bytes.reduce((sum, kv) => sum + kv + weights, 0);
        expect(total / usable).toBeCloseTo(1, 9);
        for (let index = 1; index < parts.length; index++) {
          expect(bytes[index]! / bytes[0]!).toBeCloseTo(parts[index]! / parts[0]!, 9);
        }
      }),
    );
  });
});

describe("kvBytesByReplica", () => {
  test("numbers replicas over all LLMs", () => {
    const [llm] = deploy(on([1], 1)).llms;
    const other = { ...llm!, name: "b", instances: [on([0], 1), on([2, 3], 1)] };
    const bytes = kvBytesByReplica({ cluster, llms: [llm!, other] });
    expect(bytes).toEqual([usable - weights, usable - weights, usable - weightBytes(testModel, 2)]);
  });

  test("takes the fullest GPU of a group", () => {
    const [group, single] = kvBytesByReplica(deploy(on([0, 1], 0.5), on([1], 0.5)));
    const shared = (usable - weights - weightBytes(testModel, 2)) / 2;
    expect(group!).toBeCloseTo(shared, 3);
    expect(single!).toBeCloseTo(shared, 3);
  });

  test("charges each GPU its part of the weights", () => {
    const llm = deploy().llms[0]!;
    expect(tenantWeights({ llm, instance: on([0, 1], 1) })).toBe(weightBytes(testModel, 2));
  });
});

test("LLMs in turns have what the weights of each and of the largest other leave", () => {
  const small = { ...testModel, layers: testModel.layers / 4 };
  const llms = [testModel, small, small].map((model, index) => {
    return { name: `${index}`, model, engine: testEngine, instances: [on([0], 1)] };
  });
  const pool = { cluster, llms, control: { kind: "aegaeon", quantum: 1, affinity: 8 } } as const;
  const smallWeights = weightBytes(small, 1);
  const rest = usable - weights - smallWeights;
  expect(kvBytesByReplica(pool)).toEqual(
    [rest, rest, rest].map((bytes) => expect.closeTo(bytes, 0)),
  );
});
