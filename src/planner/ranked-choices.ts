/**
 * The best, second best, … choice of one option per stage under a budget. Dynamic programming
 * over (stage, budget left) gives the exact optimum; further choices are found lazily, each
 * state keeping its solutions in order (k-best Viterbi), so that a plan that cannot be placed is
 * followed by the next best one rather than by a new search.
 */

/** Something to choose, with what it takes of the budget. */
export interface Option {
  readonly granules: number;
  readonly cost: number;
}

/** A choice of one option for each stage. */
export interface RankedChoice<T extends Option> {
  readonly cost: number;
  readonly options: readonly T[];
}

/** Options of a stage followed by the `rank`-th best choice for the stages after it. */
interface Candidate<T extends Option> {
  readonly cost: number;
  readonly option: T;
  readonly rank: number;
}

/** Solutions of one state found so far, and the candidates for the next, best last. */
interface State<T extends Option> {
  readonly solutions: RankedChoice<T>[];
  readonly candidates: Candidate<T>[];
}

/**
 * Yields choices of one option per stage in order of the sum of their costs, the budget (in
 * granules) never exceeded.
 */
export function* rankedChoices<T extends Option>(
  stages: readonly (readonly T[])[],
  budget: number,
): Generator<RankedChoice<T>> {
  const states: Map<number, State<T>>[] = stages.map(() => new Map());
  const end: RankedChoice<T> = { cost: 0, options: [] };

  const solution = (stage: number, left: number, rank: number): RankedChoice<T> | undefined => {
    if (stage === stages.length) return rank === 0 ? end : undefined;
    let state = states[stage]!.get(left);
    if (state === undefined) {
      state = createState(stage, left);
      states[stage]!.set(left, state);
    }
    while (state.solutions.length <= rank) {
      const best = state.candidates.pop();
      if (best === undefined) return undefined;
      const { option } = best;
      const rest = solution(stage + 1, left - option.granules, best.rank)!;
      state.solutions.push({ cost: best.cost, options: [option, ...rest.options] });
      const next = solution(stage + 1, left - option.granules, best.rank + 1);
      if (next === undefined) continue;
      const cost = option.cost + next.cost;
      insert(state.candidates, { cost, option, rank: best.rank + 1 });
    }
    return state.solutions[rank];
  };

  const createState = (stage: number, left: number): State<T> => {
    const candidates: Candidate<T>[] = [];
    for (const option of stages[stage]!) {
      if (option.granules > left) continue;
      const rest = solution(stage + 1, left - option.granules, 0);
      if (rest !== undefined) {
        candidates.push({ cost: option.cost + rest.cost, option, rank: 0 });
      }
    }
    return { solutions: [], candidates: candidates.sort(worstFirst) };
  };

  for (let rank = 0; ; rank++) {
    const choice = solution(0, budget, rank);
    if (choice === undefined) return;
    yield choice;
  }
}

/** Descending cost; at equal cost the larger amount first, so that the smaller is popped first. */
function worstFirst<T extends Option>(a: Candidate<T>, b: Candidate<T>): number {
  return b.cost - a.cost || b.option.granules - a.option.granules || b.rank - a.rank;
}

/** Inserts into a list sorted worst first. */
function insert<T extends Option>(candidates: Candidate<T>[], candidate: Candidate<T>): void {
  let low = 0;
  let high = candidates.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (worstFirst(candidates[middle]!, candidate) < 0) low = middle + 1;
    else high = middle;
  }
  candidates.splice(low, 0, candidate);
}
