/** Services with simple costs for tests: an iteration takes 1 ms on the host and 4 ms of work. */

import type { Deployment, RouterName } from "../../../src/deployment/plan.ts";
import { OrderClass, Simulation } from "../../../src/engine/simulation.ts";
import { TICKS_PER_SECOND } from "../../../src/engine/ticks.ts";
import { slowdownUnder } from "../../../src/hardware/interference.ts";
import type { Engine } from "../../../src/llm/engine.ts";
import { kvBytesPerToken, weightBytes } from "../../../src/llm/model.ts";
import type { IterationSpan } from "../../../src/serving/iteration-span.ts";
import type { CallRequest, Request } from "../../../src/serving/request.ts";
import { Service } from "../../../src/serving/service.ts";
import { ms } from "../../../src/units.ts";
import { testCluster, testDemand, testEngine, testModel } from "../fixtures.ts";

/** Ticks of a millisecond. */
export const MS = TICKS_PER_SECOND / 1000;

/** Ticks that a message of up to 250 kB takes: 0.1 ms, and what its bytes take at 10 GB/s. */
export function hopTicks(tokens: number): number {
  return Math.round((100e-6 + (4 * tokens) / 10e9) * TICKS_PER_SECOND);
}

/** How a test service differs from one replica with plenty of memory. */
export interface ServiceSetup {
  readonly replicas?: number;
  /** All on one GPU rather than on one each. */
  readonly isShared?: boolean;
  readonly kvBlocks?: number;
  readonly engine?: Partial<Engine>;
  readonly router?: RouterName;
  readonly isStepwise?: boolean;
}

/** A service of one LLM, and what it told. */
export class ServiceBench {
  readonly simulation = new Simulation();
  readonly service: Service;
  readonly responses: Request[] = [];
  readonly spans: IterationSpan[] = [];
  readonly #calls: CallRequest[] = [];
  readonly requests: Request[] = [];

  constructor(setup: ServiceSetup = {}) {
    this.service = new Service({
      simulation: this.simulation,
      deployment: deploymentOf(setup),
      slowdownModel: slowdownUnder("mps"),
      isStepwise: setup.isStepwise ?? false,
      onResponse: (request) => this.responses.push(request),
      onSpan: (span) => this.spans.push({ ...span }),
      iterationTime: () => ({
        host: () => ms,
        launch: () => 0,
        decode: () => ({ fixed: 4 * ms, perContextToken: 0 }),
        mixed: () => 4 * ms,
        demand: () => testDemand,
      }),
    });
    this.simulation.onEvent(OrderClass.arrival, (entity) => {
      this.requests[entity] = this.service.submit(this.#calls[entity]!, entity);
    });
  }

  /** Sends a call at an instant in ticks. */
  sendAt(time: number, call: CallRequest): void {
    this.simulation.schedule(time, OrderClass.arrival, this.#calls.push(call) - 1);
  }

  /** Runs to the end, or to an instant, and returns the requests in the order of sending. */
  run(until?: number): readonly Request[] {
    this.simulation.run(until);
    return this.requests;
  }

  /** Of every replica. */
  outstandingTokens(): number[] {
    return this.service.replicas.map(({ replica }) => replica.outstandingTokens);
  }
}

function deploymentOf(setup: ServiceSetup): Deployment {
  const { replicas = 1, isShared = false, kvBlocks = 1000, router } = setup;
  const cluster = testCluster(1, isShared ? 1 : replicas);
  const engine = { ...testEngine, ...setup.engine };
  const kvBytes = kvBytesPerToken(testModel, 1) * engine.blockSize * kvBlocks;
  const memory = weightBytes(testModel, 1) + kvBytes;
  const instances = Array.from({ length: replicas }, (_, index) => ({
    gpus: [cluster.gpus[isShared ? 0 : index]!],
    share: isShared ? 1 / replicas : 1,
    memory,
  }));
  const llm = { name: "only", model: testModel, engine, instances };
  return { cluster, llms: [router === undefined ? llm : { ...llm, router }] };
}
