/**
 * Fits positive parameters so that predictions come near measurements in ratio: least squares of
 * log(predicted / measured) over the logarithms of the parameters (Levenberg–Marquardt).
 */

import { levenbergMarquardt } from "ml-levenberg-marquardt";
import { UserError } from "../errors.ts";

/** What is fitted to what. */
export interface FitProblem {
  /** Above zero; where the search starts. */
  readonly start: readonly number[];
  /** Above zero, by point. */
  readonly measured: readonly number[];
  /** The prediction of each point under these parameters, above zero. */
  readonly predict: (parameters: readonly number[]) => (point: number) => number;
}

/** Steps of the search; the fits at hand settle in fewer. */
const MAX_STEPS = 15;
/** Step of the logarithms in numerical derivatives. */
const DIFFERENCE = 1e-4;
/** Digits that a parameter is given: what the measurements can tell apart, and no rounding. */
const DIGITS = 4;

/** The parameters of the best fit; a UserError where there are more of them than points. */
export function fitRatios({ start, measured, predict }: FitProblem): number[] {
  if (measured.length < start.length) {
    const [points, costs] = [measured.length, start.length];
    throw new UserError(`${points} measurements are too few for a fit of ${costs} costs`, {
      hint: "measure more points; as many must be left when a group of them is left out",
    });
  }
  const points = measured.map((_, point) => point);
  const { parameterValues } = levenbergMarquardt(
    { x: points, y: measured.map(Math.log) },
    (logarithms: number[]) => {
      const predictPoint = predict(logarithms.map(Math.exp));
      return (point: number) => Math.log(predictPoint(point));
    },
    {
      initialValues: start.map(Math.log),
      maxIterations: MAX_STEPS,
      gradientDifference: DIFFERENCE,
      centralDifference: true,
      damping: 0.01,
      errorTolerance: 0,
    },
  );
  return parameterValues.map((value) => Number(Math.exp(value).toPrecision(DIGITS)));
}
