/** A simulation as one sees it from outside while it runs. */

import type { Simulation } from "../engine/simulation.ts";
import { toSeconds } from "../engine/ticks.ts";
import type { LlmLoad, Service } from "../serving/service.ts";

/** A simulation under way, to be looked at whenever its observer is called. */
export interface RunningSimulation {
  /** Simulated seconds. */
  readonly time: number;
  /** Events handled so far. */
  readonly events: number;
  /** Executions so far. */
  readonly arrived: number;
  readonly ended: number;
  /** By LLM. */
  readonly loads: readonly LlmLoad[];
}

/** What can be seen of a simulation, as it is whenever it is asked for. */
export function lookAt(
  { simulation, service }: { readonly simulation: Simulation; readonly service: Service },
  executions: () => Pick<RunningSimulation, "arrived" | "ended">,
): RunningSimulation {
  return {
    get time() {
      return toSeconds(simulation.now);
    },
    get events() {
      return simulation.eventsHandled;
    },
    get arrived() {
      return executions().arrived;
    },
    get ended() {
      return executions().ended;
    },
    get loads() {
      return service.loads;
    },
  };
}
