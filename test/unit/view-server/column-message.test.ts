/** Messages of columns, there and back. */

import { expect, test } from "vitest";
import { decodeColumns, encodeColumns } from "../../../src/view-server/column-message.ts";

test("columns of all kinds and texts come back as they were", () => {
  const message = {
    columns: {
      a: Uint8Array.of(1, 2, 3),
      b: Float64Array.of(0.1, Number.NaN, 1e300),
      c: Uint16Array.of(65_535),
      d: Int32Array.of(-1, 2 ** 31 - 1),
      e: Float32Array.of(0.5),
      none: new Float64Array(0),
    },
    texts: { names: ["<script>", "ü", ""] },
  };
  const bytes = encodeColumns(message);
  expect(decodeColumns(bytes.buffer)).toEqual(message);
});

test("a column that is part of another array is sent by itself", () => {
  const whole = Float64Array.of(1, 2, 3, 4);
  const bytes = encodeColumns({ columns: { part: whole.subarray(1, 3) }, texts: {} });
  expect(decodeColumns(bytes.buffer).columns.part).toEqual(Float64Array.of(2, 3));
});
