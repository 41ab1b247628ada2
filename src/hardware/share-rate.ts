/**
 * A rate that grows with the SMs that a process may use until something the whole GPU shares is
 * exhausted (DRAM bandwidth, power): a smooth minimum of the two,
 *
 *   rate(sms) = ((perSm · sms)^−n + limit^−n)^(−1/n)
 */

/** Both bounds, in the unit of the rate, and n: how sharp the turn is. */
export interface ShareRate {
  readonly perSm: number;
  readonly limit: number;
  readonly sharpness: number;
}

/** The rate that kernels on `sms` SMs reach. */
export function rateOn({ perSm, limit, sharpness }: ShareRate, sms: number): number {
  return limit / (1 + (limit / (perSm * sms)) ** sharpness) ** (1 / sharpness);
}

/**
 * SMs that a process sees whose CUDA_MPS_ACTIVE_THREAD_PERCENTAGE is 100·share: whole pairs (TPCs),
 * at least one. So measured on an H100: 8, 16, 32, 50, 66, 98 and 132 of 132 SMs at 6, 13, 25, 38,
 * 50, 75 and 100 %.
 */
export function smsOfShare(sms: number, share: number): number {
  return Math.max(2, 2 * Math.floor(Math.round(share * sms) / 2));
}
