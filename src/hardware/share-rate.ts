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

/** The fewest SMs that MPS gives a process, as seen on an H100. */
const FEWEST_SMS = 8;

/**
 * SMs that a process sees whose CUDA_MPS_ACTIVE_THREAD_PERCENTAGE is 100·share: whole pairs (TPCs),
 * rounded down. So measured on an H100: 8, 16, 32, 50, 66, 98 and 132 of 132 SMs at 6, 13, 25, 38,
 * 50, 75 and 100 %.
 */
export function smsOfShare(sms: number, share: number): number {
  // A share such as 0.7 must not lose a pair to its binary fraction.
  return Math.max(FEWEST_SMS, 2 * Math.floor((share * sms) / 2 + 1e-9));
}
