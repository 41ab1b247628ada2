/**
 * How much the tenants of a GPU are expected to slow one another down, from what each asks of the
 * GPU on average. A neighbour counts with the part of the time that it has iterations on the GPU,
 * as if it did a little all the time: slowdowns are nearly linear in that part.
 */

import type { Deployment } from "../deployment/plan.ts";
import { type Instance, tenantsByGpu } from "../deployment/plan.ts";
import type { GpuType } from "../hardware/gpu.ts";
import { type Demand, slowdownUnder, type TenantLoad } from "../hardware/interference.ts";
import { smsOfShare } from "../hardware/share-rate.ts";
import type { GpuUse, PhaseUse } from "../llm/profile-table.ts";

/** Factors by which the iterations of a replica, host time included, take longer. */
export interface Stretch {
  readonly prefill: number;
  readonly decode: number;
}

/** A replica that nobody disturbs. */
export const UNDISTURBED: Stretch = { prefill: 1, decode: 1 };

/** More neighbours are not told apart by who is active: each is a little, all the time. */
const MOST_APART = 3;

/**
 * Stretches by replica index, of replicas that use their GPUs as `uses` has it; one without an
 * entry neither disturbs nor is disturbed.
 */
export function expectedStretches(
  deployment: Deployment,
  uses: readonly (GpuUse | undefined)[],
): Stretch[] {
  const stretches: Stretch[] = uses.map(() => UNDISTURBED);
  const useIds = new Map([...new Set(uses)].map((use, id) => [use, id]));
  /** GPUs of a TP group, and groups of alike replicas, mostly have alike tenants. */
  const known = new Map<string, readonly Stretch[]>();
  tenantsByGpu(deployment).forEach((tenants, index) => {
    if (tenants.length < 2) return;
    const { type } = deployment.cluster.gpus[index]!;
    const like = tenants.map(({ instance, replica }) => {
      return `${instance.share} ${useIds.get(uses[replica])}`;
    });
    const key = [type.name, ...like].join();
    const own = tenants.map(({ instance, replica }) => ({ instance, use: uses[replica] }));
    const found = known.get(key) ?? stretchesOf(own, type, deployment.sharing);
    known.set(key, found);
    tenants.forEach(({ replica }, mine) => {
      const { prefill, decode } = stretches[replica]!;
      stretches[replica] = {
        prefill: Math.max(prefill, found[mine]!.prefill),
        decode: Math.max(decode, found[mine]!.decode),
      };
    });
  });
  return stretches;
}

/** Stretches of the tenants of one GPU. */
function stretchesOf(
  tenants: readonly { readonly instance: Instance; readonly use: GpuUse | undefined }[],
  type: GpuType,
  sharing: Deployment["sharing"],
): Stretch[] {
  const slowdowns = slowdownUnder(sharing);
  const active = tenants.map(({ instance, use }) => meanActivity(type.sms, instance, use));
  return tenants.map(({ use }, mine) => {
    if (use === undefined) return UNDISTURBED;
    const others = active.toSpliced(mine, 1);
    const stretchIn = ({ demand, duty, work }: PhaseUse) => {
      const own = { ...active[mine]!.load, demand, duty: duty * work };
      const slowdown = expected(others, (loads) => slowdowns(type, [own, ...loads])[0]!);
      return 1 - duty + duty * Math.max(1, slowdown * work);
    };
    return { prefill: stretchIn(use.prefill), decode: stretchIn(use.decode) };
  });
}

/** What a tenant does while it does something, and the part of the time that it does. */
interface Activity {
  readonly load: TenantLoad;
  readonly busy: number;
}

/** The mean of a function of the loads of tenants that are active independently of one another. */
function expected(
  tenants: readonly Activity[],
  value: (loads: readonly TenantLoad[]) => number,
): number {
  if (tenants.length > MOST_APART) {
    return value(tenants.map(({ load, busy }) => ({ ...load, duty: busy * load.duty })));
  }
  let mean = 0;
  for (let subset = 0; subset < 2 ** tenants.length; subset++) {
    let probability = 1;
    const loads: TenantLoad[] = [];
    tenants.forEach(({ load, busy }, tenant) => {
      const isActive = (subset & (1 << tenant)) !== 0;
      probability *= isActive ? busy : 1 - busy;
      if (isActive) loads.push(load);
    });
    if (probability > 0) mean += probability * value(loads);
  }
  return mean;
}

/** The mean of a tenant's iterations of both kinds. */
function meanActivity(sms: number, { share }: Instance, use: GpuUse | undefined): Activity {
  const size = { share, sms: smsOfShare(sms, share) };
  const prefill = use?.prefill.busy ?? 0;
  const decode = use?.decode.busy ?? 0;
  const busy = Math.min(1, prefill + decode);
  if (use === undefined || busy === 0)
    return { load: { ...size, demand: undefined, duty: 0 }, busy: 0 };
  const mix = (a: number, b: number) => (prefill * a + decode * b) / (prefill + decode);
  const of = (key: keyof Demand) => mix(use.prefill.demand[key], use.decode.demand[key]);
  const demand: Demand = {
    memory: of("memory"),
    compute: of("compute"),
    bandwidth: of("bandwidth"),
    tokens: of("tokens"),
    layerTime: of("layerTime"),
    iterationTime: of("iterationTime"),
  };
  return {
    load: {
      ...size,
      demand,
      duty: mix(use.prefill.duty * use.prefill.work, use.decode.duty * use.decode.work),
    },
    busy,
  };
}
