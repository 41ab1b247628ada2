import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { QuantizedDemands } from "../../../src/serving/quantized-demands.ts";
import { testDemand } from "../fixtures.ts";

const part = fc.double({ min: 0, max: 1, noNaN: true });
const demand = fc.record({
  memory: part,
  compute: part,
  bandwidth: part,
  tokens: fc.integer({ min: 1, max: 1e5 }),
  layerTime: fc.double({ min: 1e-6, max: 1, noNaN: true }),
  iterationTime: fc.double({ min: 1e-6, max: 100, noNaN: true }),
});

describe("quantized demands", () => {
  test("are the same object for what is in the same steps, themselves too", () => {
    const demands = new QuantizedDemands();
    fc.assert(
      fc.property(demand, (given) => {
        const quantized = demands.quantize(given);
        expect(demands.quantize(quantized)).toBe(quantized);
      }),
    );
  });

  test("are near: parts to 1/64, tokens to a fourth of an octave, times to an eighth", () => {
    const demands = new QuantizedDemands();
    fc.assert(
      fc.property(demand, (given) => {
        const quantized = demands.quantize(given);
        expect(Math.abs(quantized.memory - given.memory)).toBeLessThanOrEqual(1 / 64);
        expect(Math.abs(quantized.compute - given.compute)).toBeLessThanOrEqual(1 / 64);
        const octaves = (a: number, b: number) => Math.abs(Math.log2(a / b));
        expect(octaves(quantized.tokens, given.tokens)).toBeLessThan(0.2501);
        expect(octaves(quantized.layerTime, given.layerTime)).toBeLessThan(0.1251);
      }),
    );
  });

  test("have numbers that tell them apart, with their duty", () => {
    const demands = new QuantizedDemands();
    const one = demands.quantize(testDemand);
    const two = demands.quantize({ ...testDemand, memory: 0.5 });
    const numbers = [one, two].flatMap((each) =>
      [0, 1, 8].map((duty) => demands.loadNumber(each, duty)),
    );
    expect(new Set(numbers).size).toBe(6);
    expect(Math.min(...numbers)).toBeGreaterThan(0);
  });
});
