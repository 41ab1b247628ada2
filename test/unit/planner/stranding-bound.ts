/**
 * The least share that any placement of a plan strands: a linear program over what a GPU may hold.
 * It leaves out fast domains and takes parts of GPUs for GPUs, so no placement does better.
 */

import { type GpuRoom, holds } from "../../../src/deployment/fragmentation.ts";
import type { InstanceKind } from "../../../src/planner/packing.ts";
import { instanceKinds, leastUtilization } from "../../../src/planner/placement.ts";
import type { RandomPlan } from "./random-requests.ts";

/** In GPUs; at most `gpus` of them are used. */
export function leastStranded({ cluster, llms, requests }: RandomPlan, gpus: number): number {
  const kinds = instanceKinds(llms, requests).filter(({ replicas }) => replicas > 0);
  const gpu = cluster.gpus[0]!;
  const memory = leastUtilization(llms) * gpu.type.memory;
  const fillings = fillingsOf(kinds, { gpu, isUsed: true, share: 1, memory });
  const idle = { counts: kinds.map(() => 0), stranded: 0 };
  const columns = [...fillings, idle];
  return leastCost(
    columns.map(({ stranded }) => stranded),
    columns.map(({ counts }) => [...counts, 1]),
    [...kinds.map(({ replicas, tp }) => replicas * tp), gpus],
  );
}

/** How many ranks of each kind a GPU holds, and what that strands. */
interface Filling {
  readonly counts: readonly number[];
  readonly stranded: number;
}

/** All ways to fill a GPU that has `room`. */
function fillingsOf(kinds: readonly InstanceKind[], room: GpuRoom): Filling[] {
  const found: Filling[] = [];
  const counts = kinds.map(() => 0);
  const fill = (from: number, left: GpuRoom): void => {
    if (left !== room) {
      const isUsable = left.share < 1e-9 || kinds.some((kind) => holds(left, kind));
      found.push({ counts: [...counts], stranded: isUsable ? 0 : left.share });
    }
    for (let kind = from; kind < kinds.length; kind++) {
      const { share, memory } = kinds[kind]!;
      if (!holds(left, kinds[kind]!)) continue;
      counts[kind]!++;
      fill(kind, { ...left, share: left.share - share, memory: left.memory - memory });
      counts[kind]!--;
    }
  };
  fill(0, room);
  return found;
}

/** What a unit of demand that is not met costs: far more than meeting it. */
const UNMET = 1e3;

/** The least Σ costs·x with Σ columns·x = demands and x ≥ 0, by the simplex method. */
function leastCost(
  costs: readonly number[],
  columns: readonly (readonly number[])[],
  demands: readonly number[],
): number {
  const units = demands.map((_, row) => demands.map((_, column) => +(row === column)));
  const all = [...columns, ...units, demands];
  const rows = demands.map((_, row) => all.map((column) => column[row]!));
  // Reduced costs, and in the last place minus the cost of the basis: at first, all unmet.
  const prices = all.map((column, index) => {
    const own = index < costs.length ? costs[index]! : index < all.length - 1 ? UNMET : 0;
    return own - UNMET * column.reduce((sum, value) => sum + value, 0);
  });
  for (;;) {
    const entering = leastIndex(prices.slice(0, -1));
    if (prices[entering]! > -1e-9) return -prices.at(-1)!;
    const steps = rows.map((row) =>
      row[entering]! > 1e-9 ? row.at(-1)! / row[entering]! : Number.POSITIVE_INFINITY,
    );
    const leaving = leastIndex(steps);
    const pivot = rows[leaving]!;
    const scale = pivot[entering]!;
    for (let column = 0; column < pivot.length; column++) pivot[column]! /= scale;
    for (const row of [...rows, prices]) {
      const factor = row[entering]!;
      if (row === pivot || factor === 0) continue;
      for (let column = 0; column < row.length; column++) row[column]! -= factor * pivot[column]!;
    }
  }
}

function leastIndex(values: readonly number[]): number {
  return values.reduce((least, value, index) => (value < values[least]! ? index : least), 0);
}
