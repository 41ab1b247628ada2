/**
 * Replicas that take turns on the GPUs of a pool. Each group of GPUs has a replica of every LLM, of
 * which one serves; the others are paused between two iterations, with weights and KV cache in host
 * memory, and keep what calls they have. When another one's turn comes, the one that serves ends
 * its iteration, and the weights and KV caches move. All of them accept calls all the time.
 */

import type { DeployedLlm } from "../deployment/plan.ts";
import { switchTime } from "../deployment/start-up.ts";
import { toSeconds } from "../engine/ticks.ts";
import { assert } from "../errors.ts";
import { weightBytes } from "../llm/model.ts";
import type { ServedReplica } from "./replica-pool.ts";

/** What turns need of the replicas' pool. */
export interface TurnOptions {
  readonly llms: readonly DeployedLlm[];
  /** The tick that it is. */
  readonly now: () => number;
  /** A replica gets its GPUs, and gives them up. */
  readonly join: (served: ServedReplica) => void;
  readonly leave: (served: ServedReplica) => void;
  /** A replica is ready after so many seconds. */
  readonly startUp: (served: ServedReplica, duration: number) => void;
}

/** The replicas of one group of GPUs. */
interface Group {
  readonly members: ServedReplica[];
  /** Who serves, or pauses to make way for `next`. */
  active: ServedReplica;
  next: ServedReplica | undefined;
  /** Tick since which the present one serves. */
  since: number;
}

/** The turns of all groups. */
export class TurnTaking {
  readonly #options: TurnOptions;
  /** By the replica's index. */
  readonly #groups: Group[] = [];
  /** By the replica's index: bytes of its weights on each GPU. */
  readonly #weights: readonly number[];

  /** Groups that begin with one LLM each, in turn. */
  constructor(replicas: readonly ServedReplica[], options: TurnOptions) {
    this.#options = options;
    this.#weights = replicas.map(({ llm, instance }) =>
      weightBytes(options.llms[llm]!.model, instance.gpus.length),
    );
    const byGpu = new Map<number, ServedReplica[]>();
    for (const served of replicas) {
      const first = served.instance.gpus[0]!.index;
      byGpu.set(first, [...(byGpu.get(first) ?? []), served]);
    }
    [...byGpu.values()].forEach((members, number) => {
      const active = members[number % members.length]!;
      const group: Group = { members, active, next: undefined, since: 0 };
      for (const served of members) {
        this.#groups[served.replica.index] = group;
        served.state = served === active ? "serving" : "paused";
        if (served === active) options.join(served);
        else served.replica.pause();
      }
    });
  }

  /**
   * Work left on the GPUs of a replica when so many tokens more come to it: tokens times the bytes
   * of weights that are read for them.
   */
  workWith(replica: number, tokens: number): number {
    let work = tokens * this.#weights[replica]!;
    for (const member of this.#groups[replica]!.members) {
      work += member.replica.outstandingTokens * this.#weights[member.replica.index]!;
    }
    return work;
  }

  /** Gives a paused replica its turn; false, and nothing happens, while turns change. */
  activate(served: ServedReplica): boolean {
    const group = this.#groups[served.replica.index]!;
    const { active } = group;
    if (served.state !== "paused" || active.state !== "serving") return false;
    active.state = "paused";
    served.state = "loading";
    group.next = served;
    active.replica.pause();
    return true;
  }

  /** A replica has paused. */
  onPause(served: ServedReplica): void {
    const { next, since } = this.#groups[served.replica.index]!;
    assert(next !== undefined, "a replica paused for nobody");
    const { llms, now, leave, startUp } = this.#options;
    leave(served);
    const moved = {
      readAhead: toSeconds(now() - since),
      kvIn: next.blockBytes * next.replica.kvAtSample().used,
      kvOut: served.blockBytes * served.replica.kvAtSample().used,
    };
    startUp(next, switchTime(llms[next.llm]!, next.instance, moved));
  }

  /** What a replica needs is on its GPUs. */
  onReady(served: ServedReplica): void {
    const group = this.#groups[served.replica.index]!;
    assert(group.next === served, "a replica takes another one's turn");
    group.active = served;
    group.next = undefined;
    group.since = this.#options.now();
    served.state = "serving";
    this.#options.join(served);
    served.replica.resume();
  }
}
