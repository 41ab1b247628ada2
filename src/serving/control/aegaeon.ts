/**
 * Models that take turns on a pool of GPUs at the granularity of tokens, after Aegaeon (SOSP '25):
 * a model that serves keeps its GPUs for a quantum while calls of others wait there, and gives them
 * up at once when it has none; turns go round. Left out: GPUs of their own for prefill, and quanta
 * that follow from deadlines of tokens, which executions of a workflow do not have.
 */

import type { AegaeonControl } from "../../deployment/control.ts";
import type { Controller, ControlView, PlanChange, ReplicaView } from "./controller.ts";

/** Seconds between looks: about an iteration. */
const LOOK = 0.01;

/** A turn: who has the GPUs, and since when. */
interface Turn {
  readonly replica: number;
  readonly since: number;
}

/** The scheduler of one run. */
export function createAegaeon({ quantum }: AegaeonControl): Controller {
  /** By the first GPU of a group. */
  const turns = new Map<number, Turn>();
  return {
    interval: LOOK,
    decide: (view) =>
      groupsOf(view).flatMap(([gpu, members]): PlanChange[] => {
        const position = members.findIndex(({ state }) => state === "serving");
        const active = members[position];
        if (active === undefined) return [];
        let turn = turns.get(gpu);
        if (turn?.replica !== active.index) {
          turn = { replica: active.index, since: view.time };
          turns.set(gpu, turn);
        }
        // What is left of a quantum below a look is no reason to look again.
        const isOver = view.time - turn.since >= quantum - LOOK / 2;
        if (active.requestCount > 0 && !isOver) return [];
        const inTurn = [...members.slice(position + 1), ...members.slice(0, position)];
        const next = inTurn.find(({ requestCount }) => requestCount > 0);
        return next === undefined ? [] : [{ kind: "activate", replica: next.index }];
      }),
  };
}

/** The replicas of each group of GPUs, by its first GPU. */
function groupsOf({ replicas }: ControlView): [number, ReplicaView[]][] {
  const groups = new Map<number, ReplicaView[]>();
  for (const replica of replicas) {
    const gpu = replica.instance.gpus[0]!.index;
    const group = groups.get(gpu);
    if (group === undefined) groups.set(gpu, [replica]);
    else group.push(replica);
  }
  return [...groups];
}
