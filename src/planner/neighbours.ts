/**
 * How much the tenants of a GPU would slow one another, remembered by who they are: a placement
 * asks for the same company again and again.
 */

import { sum } from "d3-array";
import type { GpuType } from "../hardware/gpu.ts";
import { slowdownUnder } from "../hardware/interference.ts";
import type { InstanceKind, Slowdown } from "./packing.ts";

/** By how much a newcomer raises the summed slowdowns of a GPU; tenants of unknown load count 0. */
export function neighbourSlowdown(): Slowdown {
  const slowdowns = slowdownUnder("mps");
  const known = new Map<string, number>();
  const total = (type: GpuType, tenants: readonly InstanceKind[]): number => {
    const company = tenants.filter(({ load }) => load !== undefined);
    company.sort((a, b) => a.index - b.index);
    const key = [type.name, ...company.map(({ index }) => index)].join(" ");
    const loads = company.map(({ load }) => load!);
    const found = known.get(key) ?? sum(slowdowns(type, loads));
    known.set(key, found);
    return found;
  };
  return ({ gpu: { type }, tenants }, kind) => {
    return total(type, [...tenants, kind]) - total(type, tenants);
  };
}
