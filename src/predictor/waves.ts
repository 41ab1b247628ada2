/**
 * Whether crowds of executions build up that move from LLM to LLM in step. Calls that come together
 * are prefilled together, during which decoding stands still; so they stay together, closer than
 * they came, and end together. Where executions go round between LLMs that are busy, one sends its
 * crowd to the next, which is idle meanwhile, and throughput falls until contexts are evicted.
 *
 * Small oscillations of flows at angular frequency ω, relative to their means: ε of calls that
 * come, o of calls that end, η of the speed of decoding. A call ends when it has made its tokens,
 * whatever time that takes, so with χ the characteristic function of decoding times (mean D),
 *
 *   o = η + χ·(ε − η)          η = −P·ε − q·(ε − o)/(iωD)
 *
 * P = ρ/(1 − ρ) with ρ the part of time lost to prefill: a surge of calls slows decoding down;
 * q the elasticity of an iteration's time in its batch, which ε − o fills. What ends of LLM a
 * starts calls of LLM b, after delays that blur it: K_ba(ω) = part of b's calls · o_a/ε_a · delay.
 * Oscillations grow where det(1 − K(ω)) turns round zero as ω goes from 0 to infinity (Nyquist).
 *
 * Below that they die away, but chance excites them all the time. Were decoding never disturbed
 * (η = 0; K₀), numbers of calls would fluctuate as Poisson's. Disturbed, flows are filtered by
 * T = (1 − K)⁻¹·(1 − K₀); of the calls under way the variance is, with rates λ, their mean times
 *
 *   crowding_b = ∫ Σ_a (λ_b/λ_a)·|T_ba|²·|(1 − o_b/ε_b)/ω|² dω / ∫ |(1 − χ_b)/ω|² dω
 *
 * Left out: what keeps oscillations from growing for ever.
 */

import { max, sum } from "d3-array";
import { type PhaseUse, profileAt } from "../llm/profile-table.ts";
import type { CallSuccession, PartedDistribution } from "./call-successions.ts";
import {
  add,
  type Complex,
  divide,
  multiply,
  scale,
  solve,
  squaredSize,
  subtract,
} from "./complex.ts";
import { callRate, meanOverCalls, type PredictionProblem } from "./prediction.ts";
import type { GroupState } from "./replica-state.ts";

/** Periods that are looked at: from so many latencies down to so many seconds, by this factor. */
const LONGEST_LATENCIES = 20;
const SHORTEST = 0.5;
const PERIOD_STEP = 0.94;

/** Iterations are compared with those at this part of the calls. */
const LESS = 0.7;

/** More of the time is not lost to prefill. */
const MOST_LOST = 0.95;

/** Small oscillations of the flow of calls. */
export interface Waves {
  /** Whether they grow. */
  readonly isGrowing: boolean;
  /** By LLM: variance of its calls under way over their mean, as far as they do not grow; ≥ 1. */
  readonly crowding: readonly number[];
}

/** Oscillations at the rates that `groups` settled at; none where uses of GPUs are not known. */
export function findWaves(problem: PredictionProblem, groups: readonly GroupState[]): Waves {
  const { workflows, profiles } = problem;
  const called = groups.filter(({ point }) => point !== undefined);
  const rates = profiles.map((_, llm) => callRate(problem, llm));
  if (called.some(({ point }) => point!.use === undefined)) {
    return { isGrowing: false, crowding: rates.map(() => 1) };
  }
  const stations = called.map((state) => stationOf(problem, state));
  const flows = workflows.flatMap(({ rate, successions }) =>
    successions.map((flow): Flow => ({ ...flow, rate: rate * flow.perExecution })),
  );
  const crowds = rates.map((_, llm) => new Crowd(llm, rates, flows));
  const longest = max(workflows, ({ statistics }) => statistics.latencyMean) ?? 0;
  let turns = 0;
  let before: number | undefined;
  for (let period = LONGEST_LATENCIES * longest; period > SHORTEST; period *= PERIOD_STEP) {
    const omega = (2 * Math.PI) / period;
    const passages = flows.map((flow) => passageOf(flow, stations, omega));
    const arrivals = flows.map((flow) => arrivalOf(flow, { stations, rates, omega }));
    const between = (gainOf: (passage: Passage) => Complex) =>
      returnDifference(rates, flows, (index) => {
        return multiply(gainOf(passages[index]!), arrivals[index]!);
      });
    const { determinant, solution } = solve(
      between(({ disturbed }) => disturbed),
      between(({ free }) => free),
    );
    const angle = Math.atan2(determinant[1], determinant[0]) / (2 * Math.PI);
    const change = angle - (before ?? angle);
    turns += change - Math.round(change);
    before = angle;
    for (const crowd of crowds) crowd.add(passages, solution, omega);
  }
  return { isGrowing: turns < -0.5, crowding: crowds.map(({ crowding }) => crowding) };
}

/** Calls of an LLM that are started by ends of calls of another, so many a second. */
interface Flow extends CallSuccession {
  readonly rate: number;
}

/** What becomes of an oscillation of an LLM's calls by their ends: o/ε, and χ alone. */
interface Passage {
  readonly disturbed: Complex;
  readonly free: Complex;
}

/** 1 − K, with what each flow passes on. */
function returnDifference(
  rates: readonly number[],
  flows: readonly Flow[],
  passedBy: (flow: number) => Complex,
): Complex[][] {
  const matrix = rates.map((_, row) => rates.map((_, column): Complex => [+(row === column), 0]));
  for (const [index, { from, to }] of flows.entries()) {
    const row = matrix[to]!;
    row[from] = subtract(row[from]!, passedBy(index));
  }
  return matrix;
}

/** The calls of one LLM that are under way. */
class Crowd {
  readonly #llm: number;
  readonly #rates: readonly number[];
  readonly #flows: readonly Flow[];
  readonly #ended: number;
  #variance = 0;
  #poisson = 0;

  constructor(llm: number, rates: readonly number[], flows: readonly Flow[]) {
    this.#llm = llm;
    this.#rates = rates;
    this.#flows = flows;
    this.#ended = sum(flows, ({ from, rate }) => (from === llm ? rate : 0));
  }

  /** Adds what oscillations at one of the frequencies, which are a factor apart, contribute. */
  add(passages: readonly Passage[], filter: readonly (readonly Complex[])[], omega: number): void {
    let disturbed: Complex = [1, 0];
    let free: Complex = [1, 0];
    for (const [index, { from, rate }] of this.#flows.entries()) {
      if (from !== this.#llm) continue;
      const passage = passages[index]!;
      disturbed = subtract(disturbed, scale(passage.disturbed, rate / this.#ended));
      free = subtract(free, scale(passage.free, rate / this.#ended));
    }
    const own = this.#rates[this.#llm]!;
    const power = sum(filter[this.#llm]!, (gain, from) => {
      const rate = this.#rates[from]!;
      return rate > 0 ? (own / rate) * squaredSize(gain) : 0;
    });
    this.#variance += (power * squaredSize(disturbed)) / omega;
    this.#poisson += squaredSize(free) / omega;
  }

  /** 1 for an LLM whose calls no others follow: nothing is known of how long these take. */
  get crowding(): number {
    const crowding = this.#variance / this.#poisson;
    return this.#ended > 0 && crowding > 1 ? crowding : 1;
  }
}

/** Replicas of one LLM, as oscillations pass through them. */
interface Station {
  readonly llm: number;
  /** Part of the LLM's calls. */
  readonly part: number;
  /** P and q above. */
  readonly prefill: number;
  readonly elasticity: number;
  readonly firstToken: number;
  readonly decode: number;
  /** Decoding times now, to those recorded. */
  readonly stretch: number;
}

function stationOf(problem: PredictionProblem, state: GroupState): Station {
  const { llm, part, group, missedTokens, tokenTime } = state;
  const { workflows, profiles } = problem;
  const point = state.point!;
  const recorded = meanOverCalls(workflows, llm, (own) => own.callDuration - own.firstToken);
  const { prefill, decode: decoding } = point.use!;
  const iteration = iterationTime(decoding);
  const ofPrefill = prefill.busy * (1 - iteration / iterationTime(prefill));
  const calls = point.callRate / group.replicas;
  const lost = Math.max(0, ofPrefill) + calls * missedTokens * tokenTime;
  const busy = Math.min(MOST_LOST, lost);
  const below = profileAt(profiles[llm]!, group, LESS * point.callRate)!;
  const filled = Math.log((LESS * below.decode) / point.decode);
  const slowed = Math.log(iterationTime(below.use!.decode) / iteration);
  const decode = state.stretch.decode * point.decode;
  return {
    llm,
    part,
    prefill: busy / (1 - busy),
    elasticity: Math.min(1, Math.max(0, slowed / filled)),
    firstToken: state.stretch.prefill * point.firstToken,
    decode,
    stretch: recorded > 0 ? decode / recorded : 1,
  };
}

/** Seconds of an iteration, host time included. */
function iterationTime({ demand, duty, work }: PhaseUse): number {
  return demand.iterationTime / (work * duty);
}

function passageOf({ from, decodes }: Flow, stations: readonly Station[], omega: number): Passage {
  let disturbed: Complex = [0, 0];
  let free: Complex = [0, 0];
  for (const { llm, part, prefill, elasticity, decode, stretch } of stations) {
    if (llm !== from) continue;
    const transform = characteristic(decodes, omega * stretch);
    const rest = subtract([1, 0], transform);
    // q·(1 − χ)/(iωD)
    const filled = scale([rest[1], -rest[0]], elasticity / (omega * decode));
    const speed = divide([-prefill - filled[0], -filled[1]], subtract([1, 0], filled));
    disturbed = add(disturbed, scale(add(transform, multiply(rest, speed)), part));
    free = add(free, scale(transform, part));
  }
  return { disturbed, free };
}

/** What an oscillation of a flow is among the calls of `to`: part of them, and blurred by delay. */
function arrivalOf(
  { to, rate, delays }: Flow,
  at: { stations: readonly Station[]; rates: readonly number[]; omega: number },
): Complex {
  const { stations, rates, omega } = at;
  let firstToken = 0;
  for (const station of stations) {
    if (station.llm === to) firstToken += station.part * station.firstToken;
  }
  const delay = divide(characteristic(delays, omega), [1, omega * firstToken]);
  return scale(delay, rate / rates[to]!);
}

/** The mean of exp(−iωt). */
function characteristic({ bounds }: PartedDistribution, omega: number): Complex {
  let re = 0;
  let im = 0;
  for (let part = 1; part < bounds.length; part++) {
    const middle = (omega * (bounds[part - 1]! + bounds[part]!)) / 2;
    const half = (omega * (bounds[part]! - bounds[part - 1]!)) / 2;
    const blur = half < 1e-6 ? 1 : Math.sin(half) / half;
    re += blur * Math.cos(middle);
    im -= blur * Math.sin(middle);
  }
  return [re / (bounds.length - 1), im / (bounds.length - 1)];
}
