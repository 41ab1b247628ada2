/**
 * The controllers by the kinds that plans give them.
 */

import type { Control } from "../../deployment/control.ts";
import { createAegaeon } from "./aegaeon.ts";
import type { Controller } from "./controller.ts";
import { createHpa } from "./hpa.ts";

/** The controller of one run; undefined where the plan's replicas stay as they are. */
export function createController(control: Control): Controller | undefined {
  switch (control.kind) {
    case "hpa":
      return createHpa(control);
    case "ayo":
      return undefined;
    case "aegaeon":
      return createAegaeon(control);
  }
}
