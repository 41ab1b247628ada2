/**
 * The schema of a cluster file: groups of equal nodes, and the links between the levels of the
 * topology. Links that a file leaves out are those of its GPU type.
 */

import { z } from "zod";
import { linkSchema } from "./gpu-schema.ts";

/** A cluster file; the cluster's name is the file's. */
export const clusterSchema = z.strictObject({
  nodes: z
    .array(
      z.strictObject({
        /** Nodes like this one. */
        count: z.int().min(1).default(1),
        /** A GPU type by name, or the path of a GPU file. */
        gpu: z.string().min(1),
        gpus: z.int().min(1),
        /** GPUs in each fast domain; the GPU type's by default. */
        domain: z.int().min(1).optional(),
      }),
    )
    .min(1),
  links: z
    .strictObject({
      node: linkSchema.optional(),
      network: linkSchema.optional(),
      frontend: linkSchema.optional(),
    })
    .default({}),
});

/** A cluster file as read. */
export type ClusterFile = z.infer<typeof clusterSchema>;
