/**
 * Slowdown of a tenant by the other tenants of its GPU. MPS limits SMs, not memory bandwidth, L2
 * or power. This model takes the four slowdowns measured between two tenants at 50 % each on an
 * H100 (see MODEL.md) and scales each neighbour's part with its share and duty cycle:
 *
 *   σ = 1 + Σ_neighbours (pair[mine][theirs] − 1) · share / 0.5 · duty
 *
 * Left out: how demand differs within a phase, L2, power caps.
 */

/** What a replica is doing, as its neighbours feel it. */
export type Phase = "idle" | "prefill" | "decode";

/** One tenant's load on a GPU. */
export interface TenantLoad {
  readonly phase: Phase;
  /** Fraction of its SMs that the tenant may use. */
  readonly share: number;
  /** Part of an iteration spent on the GPU rather than the host, in steps of 1/8. */
  readonly duty: number;
}

/** Slowdown σ ≥ 1 of `loads[tenant]` caused by the others. */
export type SlowdownModel = (loads: readonly TenantLoad[], tenant: number) => number;

/** Measured slowdown of the first phase by a neighbour in the second, both at 50 %. */
const PAIR_SLOWDOWN = {
  prefill: { prefill: 1.4, decode: 1.3 },
  decode: { prefill: 1.6, decode: 1.65 },
} as const;

/** The pair model above. */
export const pairwiseSlowdown: SlowdownModel = (loads, tenant) => {
  const mine = loads[tenant]!.phase;
  if (mine === "idle") return 1;
  let slowdown = 1;
  for (let other = 0; other < loads.length; other++) {
    const { phase, share, duty } = loads[other]!;
    if (other === tenant || phase === "idle") continue;
    slowdown += (PAIR_SLOWDOWN[mine][phase] - 1) * (share / 0.5) * duty;
  }
  return slowdown;
};

/** Tenants that do not feel one another: to see what interference costs. */
export const noSlowdown: SlowdownModel = () => 1;
