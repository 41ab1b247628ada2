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
 * Left out: what keeps them from growing for ever, and chance, which excites them below that.
 */

import { max } from "d3-array";
import { type PhaseUse, profileAt } from "../llm/profile-table.ts";
import type { CallSuccession, PartedDistribution } from "./call-successions.ts";
import { add, type Complex, determinant, divide, multiply, scale, subtract } from "./complex.ts";
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

/**
 * Whether small oscillations of the flow of calls grow at the rates that `groups` settled at; not
 * where it is not known what replicas do with their time.
 */
export function hasWaves(problem: PredictionProblem, groups: readonly GroupState[]): boolean {
  const { workflows, profiles } = problem;
  if (groups.some(({ point }) => point !== undefined && point.use === undefined)) return false;
  const stations = groups
    .filter(({ point }) => point !== undefined)
    .map((state) => stationOf(problem, state));
  const rates = profiles.map((_, llm) => callRate(problem, llm));
  const flows = workflows.flatMap(({ rate, successions }) =>
    successions.map((succession): [CallSuccession, number] => {
      return [succession, (rate * succession.perExecution) / rates[succession.to]!];
    }),
  );
  const angleAt = (omega: number) => {
    const matrix = rates.map((_, row) => rates.map((_, column): Complex => [+(row === column), 0]));
    for (const [succession, part] of flows) {
      const row = matrix[succession.to]!;
      const gain = gainOf(succession, stations, omega);
      row[succession.from] = subtract(row[succession.from]!, scale(gain, part));
    }
    const [re, im] = determinant(matrix);
    return Math.atan2(im, re) / (2 * Math.PI);
  };
  const longest = max(workflows, ({ statistics }) => statistics.latencyMean) ?? 0;
  let turns = 0;
  let before: number | undefined;
  for (let period = LONGEST_LATENCIES * longest; period > SHORTEST; period *= PERIOD_STEP) {
    const angle = angleAt((2 * Math.PI) / period);
    const change = angle - (before ?? angle);
    turns += change - Math.round(change);
    before = angle;
  }
  return turns < -0.5;
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

/** What becomes of an oscillation of the calls of `from` on its way to the calls that follow. */
function gainOf(
  { from, to, delays, decodes }: CallSuccession,
  stations: readonly Station[],
  omega: number,
): Complex {
  let gain: Complex = [0, 0];
  for (const { llm, part, prefill, elasticity, decode, stretch } of stations) {
    if (llm !== from) continue;
    const transform = characteristic(decodes, omega * stretch);
    const rest = subtract([1, 0], transform);
    // q·(1 − χ)/(iωD)
    const filled = scale([rest[1], -rest[0]], elasticity / (omega * decode));
    const speed = divide([-prefill - filled[0], -filled[1]], subtract([1, 0], filled));
    gain = add(gain, scale(add(transform, multiply(rest, speed)), part));
  }
  let firstToken = 0;
  for (const station of stations) {
    if (station.llm === to) firstToken += station.part * station.firstToken;
  }
  const blurred = multiply(gain, characteristic(delays, omega));
  return divide(blurred, [1, omega * firstToken]);
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
