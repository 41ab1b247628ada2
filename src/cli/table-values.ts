/** Values of tables: those that reports have too. */

export {
  duration,
  percent,
  rate,
  signed,
  times,
} from "../report/cell-values.ts";
export { between, latencyCell } from "../report/interval-cells.ts";
