/** Complex numbers and a determinant, as far as stability of oscillations needs them. */

/** A complex number. */
export type Complex = readonly [re: number, im: number];

/** The determinant of a square matrix, by elimination with pivots; overwrites `matrix`. */
export function determinant(matrix: Complex[][]): Complex {
  let product: Complex = [1, 0];
  for (let column = 0; column < matrix.length; column++) {
    let pivot = column;
    for (let row = column + 1; row < matrix.length; row++) {
      if (size(matrix[row]![column]!) > size(matrix[pivot]![column]!)) pivot = row;
    }
    if (pivot !== column) {
      [matrix[pivot], matrix[column]] = [matrix[column]!, matrix[pivot]!];
      product = scale(product, -1);
    }
    const top = matrix[column]!;
    product = multiply(product, top[column]!);
    if (size(top[column]!) === 0) return [0, 0];
    for (let row = column + 1; row < matrix.length; row++) {
      const factor = divide(matrix[row]![column]!, top[column]!);
      const values = matrix[row]!;
      for (let next = column; next < matrix.length; next++) {
        values[next] = subtract(values[next]!, multiply(factor, top[next]!));
      }
    }
  }
  return product;
}

/** a + b. */
export function add([a, b]: Complex, [c, d]: Complex): Complex {
  return [a + c, b + d];
}

/** a − b. */
export function subtract([a, b]: Complex, [c, d]: Complex): Complex {
  return [a - c, b - d];
}

/** A real multiple. */
export function scale([a, b]: Complex, factor: number): Complex {
  return [a * factor, b * factor];
}

/** a · b. */
export function multiply([a, b]: Complex, [c, d]: Complex): Complex {
  return [a * c - b * d, a * d + b * c];
}

/** a / b, for b other than zero. */
export function divide([a, b]: Complex, [c, d]: Complex): Complex {
  const norm = c * c + d * d;
  return [(a * c + b * d) / norm, (b * c - a * d) / norm];
}

function size([a, b]: Complex): number {
  return Math.hypot(a, b);
}
