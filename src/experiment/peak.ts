/**
 * The largest rate that something sustains, found by trials: away from a guess in growing steps
 * until one rate is sustained and a higher one is not, then by halves.
 */

/** Rates are told apart to this part. */
export const PEAK_RESOLUTION = 0.02;

/** The first step away from the guess; each further one is the square of the one before. */
const FIRST_FACTOR = 1.04;
const MAX_STEPS = 8;

/** What is searched. */
export interface PeakSearch {
  /** Whether a rate is sustained. */
  readonly isStableAt: (rate: number) => Promise<boolean>;
  /** A rate near the peak, above zero. */
  readonly guess: number;
}

/** A rate that was tried. */
export interface TriedRate {
  readonly rate: number;
  readonly isStable: boolean;
}

/** What a search shows. */
export interface Peak {
  /**
   * The largest rate found to be sustained, with one at most 2 % higher that is not; null where
   * no rate is sustained, or every rate is.
   */
  readonly peak: number | null;
  readonly tried: readonly TriedRate[];
}

/** Searches the peak. */
export async function findPeak({ isStableAt, guess }: PeakSearch): Promise<Peak> {
  const tried: TriedRate[] = [];
  const isStable = async (rate: number): Promise<boolean> => {
    const verdict = await isStableAt(rate);
    tried.push({ rate, isStable: verdict });
    return verdict;
  };
  const isUpward = await isStable(guess);
  let low = guess;
  let high = guess;
  let factor = FIRST_FACTOR;
  for (let step = 0; ; step++, factor *= factor) {
    if (step === MAX_STEPS) return { peak: null, tried };
    const next = isUpward ? high * factor : low / factor;
    if (isUpward) high = next;
    else low = next;
    if ((await isStable(next)) !== isUpward) break;
    if (isUpward) low = next;
    else high = next;
  }
  while (high > (1 + PEAK_RESOLUTION) * low) {
    const middle = Math.sqrt(low * high);
    if (await isStable(middle)) low = middle;
    else high = middle;
  }
  return { peak: low, tried };
}
