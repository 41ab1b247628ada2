/** The predictors by name. Each is told the same, and says what a deployment will do. */

import type { Deployment } from "../deployment/plan.ts";
import { predictPipeline } from "./aggregate-llm-pipeline.ts";
import { predictDeployment } from "./alp-plus.ts";
import type { PredictionProblem, WorkflowPrediction } from "./prediction.ts";

/** One prediction a workflow. */
export type Predictor = (
  problem: PredictionProblem,
  deployment: Deployment,
) => readonly WorkflowPrediction[];

/** By name: the paper's with its three ways to replay calls, and ours. */
export const PREDICTORS: Readonly<Record<string, Predictor>> = {
  alp: predictPipeline,
  "alp (poisson)": (problem, deployment) => predictPipeline(problem, deployment, "poisson"),
  "alp (closed)": (problem, deployment) => predictPipeline(problem, deployment, "closed"),
  "alp+": predictDeployment,
};
