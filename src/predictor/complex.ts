/** Complex numbers and linear equations of them, as far as oscillations need them. */

/** A complex number. */
export type Complex = readonly [re: number, im: number];

/**
 * The determinant of a square matrix and the X with matrix · X = right, by elimination with pivots;
 * overwrites both. Of a singular matrix the determinant is 0 and X is not defined.
 */
export function solve(
  matrix: Complex[][],
  right: Complex[][],
): { readonly determinant: Complex; readonly solution: Complex[][] } {
  let product: Complex = [1, 0];
  const size = matrix.length;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      const value = squaredSize(matrix[row]![column]!);
      if (value > squaredSize(matrix[pivot]![column]!)) pivot = row;
    }
    if (pivot !== column) {
      for (const rows of [matrix, right]) {
        [rows[pivot], rows[column]] = [rows[column]!, rows[pivot]!];
      }
      product = scale(product, -1);
    }
    const top = matrix[column]!;
    product = multiply(product, top[column]!);
    if (squaredSize(top[column]!) === 0) return { determinant: [0, 0], solution: right };
    for (let row = 0; row < size; row++) {
      if (row === column) continue;
      const factor = divide(matrix[row]![column]!, top[column]!);
      takeMultiple(matrix[row]!, top, factor);
      takeMultiple(right[row]!, right[column]!, factor);
    }
  }
  const solution = right.map((row, index) => {
    const own = matrix[index]![index]!;
    return row.map((value) => divide(value, own));
  });
  return { determinant: product, solution };
}

function takeMultiple(row: Complex[], of: readonly Complex[], factor: Complex): void {
  for (let column = 0; column < row.length; column++) {
    row[column] = subtract(row[column]!, multiply(factor, of[column]!));
  }
}

// By index: taking pairs apart as iterables takes several times as long.

/** a + b. */
export function add(a: Complex, b: Complex): Complex {
  return [a[0] + b[0], a[1] + b[1]];
}

/** a − b. */
export function subtract(a: Complex, b: Complex): Complex {
  return [a[0] - b[0], a[1] - b[1]];
}

/** A real multiple. */
export function scale(a: Complex, factor: number): Complex {
  return [a[0] * factor, a[1] * factor];
}

/** a · b. */
export function multiply(a: Complex, b: Complex): Complex {
  return [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]];
}

/** a / b, for b other than zero. */
export function divide(a: Complex, b: Complex): Complex {
  const norm = squaredSize(b);
  return [(a[0] * b[0] + a[1] * b[1]) / norm, (a[1] * b[0] - a[0] * b[1]) / norm];
}

/** |a|². */
export function squaredSize(a: Complex): number {
  return a[0] * a[0] + a[1] * a[1];
}
