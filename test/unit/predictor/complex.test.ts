/** Complex arithmetic against identities that hold for any numbers. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  add,
  type Complex,
  divide,
  multiply,
  scale,
  solve,
  squaredSize,
  subtract,
} from "../../../src/predictor/complex.ts";

const number = fc.integer({ min: -10, max: 10 });
const complex = fc.tuple(number, number) as fc.Arbitrary<Complex>;
const expectEqual = (actual: Complex, expected: Complex) => {
  expect(actual[0]).toBeCloseTo(expected[0], 6);
  expect(actual[1]).toBeCloseTo(expected[1], 6);
};

describe("complex numbers", () => {
  test("i · i = −1", () => {
    expect(multiply([0, 1], [0, 1])).toEqual([-1, 0]);
  });

  test("are a field", () => {
    fc.assert(
      fc.property(complex, complex, complex, (a, b, c) => {
        expectEqual(subtract(add(a, b), b), a);
        expectEqual(multiply(a, add(b, c)), add(multiply(a, b), multiply(a, c)));
        expectEqual(scale(a, 3), add(a, add(a, a)));
        if (Math.hypot(...b) > 0) expectEqual(multiply(divide(a, b), b), a);
      }),
    );
  });
});

const identity = (size: number): Complex[][] =>
  Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (_, column): Complex => [+(row === column), 0]),
  );
const determinant = (rows: readonly (readonly Complex[])[]) => {
  return solve(
    rows.map((row) => [...row]),
    identity(rows.length),
  ).determinant;
};

describe("solutions", () => {
  test("times the matrix are the right side", () => {
    const row = fc.tuple(complex, complex, complex);
    const matrix = fc.tuple(row, row, row);
    fc.assert(
      fc.property(matrix, matrix, (left, right) => {
        fc.pre(squaredSize(determinant(left)) > 1e-3);
        const { solution } = solve(
          left.map((row) => [...row]),
          right.map((row) => [...row]),
        );
        for (let r = 0; r < 3; r++) {
          for (let c = 0; c < 3; c++) {
            const products = left[r]!.map((value, k) => multiply(value, solution[k]![c]!));
            expectEqual(products.reduce(add), right[r]![c]!);
          }
        }
      }),
    );
  });
});

describe("determinant", () => {
  test("of two rows", () => {
    fc.assert(
      fc.property(complex, complex, complex, complex, (a, b, c, d) => {
        const rows = [
          [a, b],
          [c, d],
        ];
        expectEqual(determinant(rows), subtract(multiply(a, d), multiply(b, c)));
      }),
    );
  });

  test("changes its sign with two rows, and needs pivots", () => {
    const rows = (): Complex[][] => [
      [
        [0, 0],
        [0, 2],
        [1, 0],
      ],
      [
        [3, 0],
        [1, 1],
        [0, 0],
      ],
      [
        [0, 1],
        [2, 0],
        [4, 0],
      ],
    ];
    const [first, ...others] = rows();
    expectEqual(determinant(rows()), [7, -25]);
    expectEqual(
      determinant([...others.toReversed(), first!]),
      [7, -25].map((x) => -x) as [number, number],
    );
  });

  test("of dependent rows is zero", () => {
    const row: Complex[] = [
      [1, 2],
      [3, 4],
    ];
    expectEqual(determinant([row.slice(), row.map((x) => scale(x, 2))]), [0, 0]);
  });
});
