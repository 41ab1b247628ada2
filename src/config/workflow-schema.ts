/**
 * The schema of a workflow file, read into the workflow language of `workflow/program.ts`. A step
 * is a map with one of the keys call, tool, loop, branch, parallel and run. That names refer to
 * something declared is checked in `workflow-references.ts`.
 */

import { z } from "zod";
import type {
  BranchStep,
  CallStep,
  Conversation,
  LoopStep,
  ParallelStep,
  RunStep,
  Step,
  ToolPool,
  ToolStep,
  Workflow,
} from "../workflow/program.ts";
import {
  countSchema,
  latencySchema,
  promptTokensSchema,
  tokensSchema,
} from "./distribution-schema.ts";
import { positiveQuantity } from "./quantity.ts";

/** Slack for probabilities that are sums of decimal fractions. */
const PROBABILITY_TOLERANCE = 1e-9;

const name = z.string({ error: "expected a name" }).min(1);

const callSchema = z
  .strictObject({
    call: name,
    /** Default: the LLM's name. */
    role: name.optional(),
    conversation: name.optional(),
    /** Default: true. */
    appends: z.boolean().optional(),
    prompt: promptTokensSchema,
    output: tokensSchema,
    /** Leading tokens of the prompt that are the same in all executions. */
    system_prompt: z.int().min(1).optional(),
    /** Engines take the lowest number first. */
    priority: z.int().optional(),
    /** After which it fails, with its execution. */
    timeout: positiveQuantity("duration").optional(),
  })
  .refine((call) => call.system_prompt === undefined || call.conversation === undefined, {
    error: "say it of the conversation, under `conversations`",
    path: ["system_prompt"],
  })
  .refine(({ appends, conversation }) => appends === undefined || conversation !== undefined, {
    error: "there is no conversation to append to: name one, or leave it out",
    path: ["appends"],
  })
  .refine(
    ({ conversation, prompt }) =>
      conversation !== undefined || prompt.kind !== "constant" || prompt.value > 0,
    { error: "a call without a conversation needs at least one prompt token", path: ["prompt"] },
  )
  .transform(
    ({ call, role, conversation, appends, prompt, output, ...rest }): CallStep => ({
      kind: "call",
      llm: call,
      role: role ?? call,
      ...(conversation === undefined ? {} : { conversation }),
      appends: conversation !== undefined && (appends ?? true),
      prompt,
      output,
      ...(rest.system_prompt === undefined ? {} : { systemPrompt: rest.system_prompt }),
      ...(rest.priority === undefined ? {} : { priority: rest.priority }),
      ...(rest.timeout === undefined ? {} : { timeout: rest.timeout }),
    }),
  );

const toolSchema = z
  .strictObject({
    tool: name,
    latency: latencySchema,
    /** After which an attempt is given up, and made again so many times. */
    timeout: positiveQuantity("duration").optional(),
    retries: z.int().min(1).optional(),
    /** Of the tool_pools. */
    pool: name.optional(),
    /** What the tool returns, and the conversation that it enters. */
    result: z.strictObject({ conversation: name, tokens: promptTokensSchema }).optional(),
  })
  .refine(({ timeout, retries }) => retries === undefined || timeout !== undefined, {
    error: "an attempt is made again after a timeout: give one, or leave this out",
    path: ["retries"],
  })
  .transform(
    ({ tool, latency, timeout, retries, pool, result }): ToolStep => ({
      kind: "tool",
      name: tool,
      latency,
      ...(timeout === undefined ? {} : { timeout }),
      ...(retries === undefined ? {} : { retries }),
      ...(pool === undefined ? {} : { pool }),
      ...(result === undefined ? {} : { result }),
    }),
  );

const stepsSchema: z.ZodType<readonly Step[]> = z.lazy(() =>
  z.array(stepSchema, { error: "expected a list of steps" }).min(1, "expected at least one step"),
);

const repeatedSchema = z.strictObject({ count: countSchema, steps: stepsSchema });

const loopSchema = z
  .strictObject({
    loop: z.union(
      [
        repeatedSchema,
        z
          .strictObject({
            /** After each round, that of a further one. */
            continue_probability: z
              .number()
              .min(0, "expected a probability of at least 0")
              .lt(1, "expected a probability below 1, or the loop never ends"),
            max: z.int().min(1).optional(),
            steps: stepsSchema,
          })
          .transform(({ continue_probability: further, max, steps }) => {
            const maximum = max === undefined ? {} : { maximum: max };
            return { count: { kind: "geometric", mean: 1 / (1 - further), ...maximum }, steps };
          }),
      ],
      { error: "expected steps with a count, or with a continue_probability" },
    ),
  })
  .transform(({ loop }): LoopStep => ({ kind: "loop", ...(loop as Omit<LoopStep, "kind">) }));

const parallelSchema = z
  .strictObject({
    parallel: repeatedSchema
      .extend({
        /** How many of the copies are waited for. */
        join: z.int().min(1).optional(),
        /** Whether the others go on to their end. */
        stragglers: z.enum(["run-on", "cancel"]).optional(),
      })
      .refine(({ join, stragglers }) => stragglers === undefined || join !== undefined, {
        error: "there are none where all copies are waited for: give join, or leave this out",
        path: ["stragglers"],
      }),
  })
  .transform(
    ({ parallel: { stragglers, join, ...copies } }): ParallelStep => ({
      kind: "parallel",
      ...copies,
      ...(join === undefined ? {} : { join }),
      ...(stragglers === "cancel" ? { cancels: true } : {}),
    }),
  );

const branchSchema = z
  .strictObject({
    branch: z
      .array(
        z.strictObject({
          probability: z
            .number({ error: "expected a probability from 0 to 1" })
            .min(0, "expected a probability from 0 to 1")
            .max(1, "expected a probability from 0 to 1"),
          steps: stepsSchema,
        }),
        { error: "expected a list of arms, each with a probability and steps" },
      )
      .min(1, "expected at least one arm")
      .refine(
        (arms) => arms.reduce((sum, arm) => sum + arm.probability, 0) <= 1 + PROBABILITY_TOLERANCE,
        { error: "the probabilities of the arms sum to more than 1" },
      ),
  })
  .transform(({ branch }): BranchStep => ({ kind: "branch", arms: branch }));

const runSchema = z
  .strictObject({ run: name })
  .transform(({ run }): RunStep => ({ kind: "run", subworkflow: run }));

const stepSchema: z.ZodType<Step> = z.union(
  [callSchema, toolSchema, loopSchema, branchSchema, parallelSchema, runSchema],
  { error: "expected a step with one of the keys call, tool, loop, branch, parallel, run" },
);

const subworkflowSchema = z.strictObject({
  /** How many of it may be under way within one another. */
  max_depth: z.int().min(1).default(1),
  steps: stepsSchema,
});

const toolPoolSchema = z
  .strictObject({
    /** Tools that run at once. */
    capacity: z.int().min(1).optional(),
    /** Tools that start in a time, evenly spaced. */
    rate_limit: positiveQuantity("rate").optional(),
  })
  .refine(({ capacity, rate_limit: rate }) => capacity !== undefined || rate !== undefined, {
    error: "expected a capacity, a rate_limit or both",
  });

const conversationSchema = z.strictObject(
  {
    compact: z
      .strictObject({ above: z.int().min(1), to: z.int().min(1) })
      .refine(({ above, to }) => to < above, { error: "to is not below above" })
      .optional(),
    /** Of its first prompt: leading tokens that are the same in all executions. */
    system_prompt: z.int().min(1).optional(),
  },
  { error: "expected {} or a map with compact: { above, to } or system_prompt" },
);

/** A workflow file; without a `name` it has the file's. */
export const workflowSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[\w.-]+$/, "expected a name of letters, digits, '.', '_' and '-'")
      .optional(),
    description: z.string().default(""),
    llms: z
      .record(name, z.strictObject({ model: name }))
      .refine((llms) => Object.keys(llms).length > 0, { error: "expected at least one LLM" }),
    conversations: z.record(name, conversationSchema).default({}),
    steps: stepsSchema,
    subworkflows: z.record(name, subworkflowSchema).default({}),
    tool_pools: z.record(name, toolPoolSchema).default({}),
  })
  .transform((file): Omit<Workflow, "name"> & { readonly name: string | undefined } => ({
    name: file.name,
    description: file.description,
    llms: Object.entries(file.llms).map(([llm, { model }]) => ({ name: llm, model })),
    conversations: Object.entries(file.conversations).map(
      ([conversation, { compact, system_prompt: systemPrompt }]): Conversation => ({
        name: conversation,
        ...(compact === undefined ? {} : { compaction: compact }),
        ...(systemPrompt === undefined ? {} : { systemPrompt }),
      }),
    ),
    steps: file.steps,
    subworkflows: Object.entries(file.subworkflows).map(
      ([subworkflow, { max_depth: maxDepth, steps }]) => ({ name: subworkflow, maxDepth, steps }),
    ),
    toolPools: Object.entries(file.tool_pools).map(
      ([pool, { capacity = Infinity, rate_limit: rate = Infinity }]): ToolPool => ({
        name: pool,
        capacity,
        interval: 1 / rate,
      }),
    ),
  }));
