/**
 * The schema of a workflow file, read into the workflow language of `workflow/program.ts`. A step
 * is a map with one of the keys call, tool, loop, branch and parallel. That names refer to
 * something declared is checked in `workflow-references.ts`.
 */

import { z } from "zod";
import type {
  BranchStep,
  CallStep,
  Conversation,
  LoopStep,
  ParallelStep,
  Step,
  ToolStep,
  Workflow,
} from "../workflow/program.ts";
import {
  countSchema,
  latencySchema,
  promptTokensSchema,
  tokensSchema,
} from "./distribution-schema.ts";

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
    }),
  );

const toolSchema = z
  .strictObject({
    tool: name,
    latency: latencySchema,
    /** What the tool returns, and the conversation that it enters. */
    result: z.strictObject({ conversation: name, tokens: promptTokensSchema }).optional(),
  })
  .transform(
    ({ tool, latency, result }): ToolStep => ({
      kind: "tool",
      name: tool,
      latency,
      ...(result === undefined ? {} : { result }),
    }),
  );

const stepsSchema: z.ZodType<readonly Step[]> = z.lazy(() =>
  z.array(stepSchema, { error: "expected a list of steps" }).min(1, "expected at least one step"),
);

const repeatedSchema = z.strictObject({ count: countSchema, steps: stepsSchema });

const loopSchema = z
  .strictObject({ loop: repeatedSchema })
  .transform(({ loop }): LoopStep => ({ kind: "loop", ...loop }));

const parallelSchema = z
  .strictObject({ parallel: repeatedSchema })
  .transform(({ parallel }): ParallelStep => ({ kind: "parallel", ...parallel }));

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

const stepSchema: z.ZodType<Step> = z.union(
  [callSchema, toolSchema, loopSchema, branchSchema, parallelSchema],
  { error: "expected a step with one of the keys call, tool, loop, branch, parallel" },
);

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
  }));
