/** Loads that were measured side by side on one GPU, by `scripts/measure/colocate.py`. */

import type { SharingMode, TenantLoad } from "./interference.ts";

/** How much longer one of the loads took than alone. */
export interface CoLocation {
  readonly mode: SharingMode;
  readonly loads: readonly TenantLoad[];
  /** Index of the load that was measured. */
  readonly tenant: number;
  readonly slowdown: number;
}
