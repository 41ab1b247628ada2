/**
 * Random plan changes for random simulations: a controller that follows a script, whatever it
 * sees. Some of its changes are impossible, and then refused.
 */

import fc from "fast-check";
import { type Deployment, isPool } from "../../../src/deployment/plan.ts";
import type {
  Controller,
  ControlView,
  PlanChange,
} from "../../../src/serving/control/controller.ts";

/** A change; numbers are reduced modulo what exists. */
interface ScriptedChange {
  readonly kind: PlanChange["kind"];
  readonly replica: number;
  readonly llm: number;
  readonly gpu: number;
  readonly share: number;
}

/** What a scripted controller does: some changes at each of its first decisions. */
export interface ChangeScript {
  /** Multiples of the world's unit of time. */
  readonly interval: number;
  readonly decisions: readonly (readonly ScriptedChange[])[];
}

const changeArbitrary: fc.Arbitrary<ScriptedChange> = fc.record({
  kind: fc.constantFrom("load", "load", "drain", "scale", "scale", "swap", "activate"),
  replica: fc.nat({ max: 11 }),
  llm: fc.nat({ max: 3 }),
  gpu: fc.nat({ max: 3 }),
  share: fc.constantFrom(0.05, 0.1, 0.25, 0.5),
});

/** No changes, or up to three at each of up to six decisions. */
export const changesArbitrary: fc.Arbitrary<ChangeScript> = fc.record({
  interval: fc.constantFrom(5, 20, 33.3),
  decisions: fc.array(fc.array(changeArbitrary, { maxLength: 3 }), { maxLength: 6 }),
});

/** The controller of a script; `onView` sees what it sees. */
export function scriptedController(
  { interval, decisions }: ChangeScript,
  unit: number,
  onView: (view: ControlView) => void = () => {},
): Controller {
  let decision = 0;
  return {
    interval: interval * unit,
    decide(view) {
      onView(view);
      // Turns must go round for all calls to end.
      const position = isPool(view.deployment) ? decision % decisions.length : decision;
      decision++;
      const changes = decisions[position] ?? [];
      return changes.map((change) => planChange(change, view));
    },
  };
}

function planChange(change: ScriptedChange, { deployment, replicas }: ControlView): PlanChange {
  const { kind, share } = change;
  const replica = change.replica % replicas.length;
  const llm = change.llm % deployment.llms.length;
  if (isPool(deployment)) return { kind: "activate", replica };
  switch (kind) {
    case "drain":
      return { kind, replica };
    case "scale":
      return { kind, replica, share };
    case "swap":
      return { kind, replica, llm };
    case "activate":
      return { kind, replica };
    case "load":
      return { kind, llm, instance: instanceOn(deployment, llm, change) };
  }
}

function instanceOn({ cluster, llms }: Deployment, llm: number, { gpu, share }: ScriptedChange) {
  const single = llms[llm]!.instances.find(({ gpus }) => gpus.length === 1);
  const { memory } = single ?? llms[llm]!.instances[0]!;
  const gpus = [cluster.gpus[gpu % cluster.gpus.length]!];
  return memory === undefined ? { gpus, share } : { gpus, share, memory };
}
