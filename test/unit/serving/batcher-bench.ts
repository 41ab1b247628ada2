/**
 * A batcher under test. Requests are named by their position; an iteration is written as
 * `decodes | request:tokens@context …`.
 */

import type { Engine, SchedulingPolicyName } from "../../../src/llm/engine.ts";
import { Batcher } from "../../../src/serving/batcher.ts";
import { KvCache } from "../../../src/serving/kv-cache.ts";
import type { CallRequest, Request } from "../../../src/serving/request.ts";
import { testEngine } from "../fixtures.ts";
import { requestOf } from "./requests.ts";

/** Limits of a batcher that differ from plenty. */
export interface Limits {
  readonly seqs?: number;
  readonly tokens?: number;
  readonly blocks?: number;
  readonly blockSize?: number;
  readonly hasPrefixCache?: boolean;
  readonly policy?: SchedulingPolicyName;
  readonly watermark?: number;
}

/** A batcher with requests that can be composed and run iteration by iteration. */
export class Bench {
  readonly batcher: Batcher;
  readonly requests: Request[] = [];

  constructor(limits: Limits, ...calls: CallRequest[]) {
    const { seqs = 8, tokens = 100, blocks = 100, blockSize = 4, hasPrefixCache = true } = limits;
    const { policy = "vllm", watermark = 0 } = limits;
    const engine: Engine = {
      ...testEngine,
      maxNumSeqs: seqs,
      maxNumBatchedTokens: tokens,
      blockSize,
      hasPrefixCache,
      policy,
      watermark,
    };
    this.batcher = new Batcher(engine, new KvCache(blocks, blockSize));
    for (const call of calls) this.add(call);
  }

  get kv(): KvCache {
    return this.batcher.kv;
  }

  add(call: CallRequest): boolean {
    const request = requestOf(call, this.requests.length);
    this.requests.push(request);
    return this.batcher.enqueue(request);
  }

  /** Composes an iteration and describes it; `idle` when there is none. */
  compose(): string {
    if (!this.batcher.compose()) return "idle";
    for (const { request } of this.batcher.started) request.startTime = 0;
    const chunks = this.batcher.chunks.map(
      ({ sequence, tokens, context }) => ` ${sequence.request.entity}:${tokens}@${context}`,
    );
    return `${this.batcher.decodes} |${chunks.join("")}`;
  }

  /** Runs the composed iteration `count` times. */
  advance(count = 1): void {
    this.batcher.advance(count);
    for (const { request } of this.batcher.firstTokens) request.firstTokenTime = 0;
  }

  /** Composes and runs `count` iterations one by one. */
  iterate(count: number): string[] {
    return Array.from({ length: count }, () => {
      const iteration = this.compose();
      this.advance();
      return iteration;
    });
  }

  finished(): number[] {
    return this.batcher.finished.map(({ request }) => request.entity);
  }
}
