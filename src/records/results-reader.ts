/**
 * Reads a results directory: its documents at once, its tables when they are asked for. What is
 * missing, cut off or not written by sim is a UserError that names the file.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { isManifest, MANIFEST_FILE } from "./manifest.ts";
import { RESULTS_HINT, readBytes, readDocument, readText } from "./read-document.ts";
import {
  type ClusterDocument,
  clusterDocument,
  type ManifestDocument,
  manifestDocument,
  type ReplicasDocument,
  replicasDocument,
  type SummaryDocument,
  summaryDocument,
} from "./result-documents.ts";
import { ResultTable } from "./result-table.ts";

/** The tables of a run. */
export type TableName = "executions" | "calls" | "iterations" | "gpus" | "predictions";

/** An opened results directory. */
export class ResultsReader {
  readonly summary: SummaryDocument;
  readonly cluster: ClusterDocument;
  readonly manifest: ManifestDocument;
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
    const manifest = join(directory, MANIFEST_FILE);
    if (!existsSync(manifest) || !isManifest(readText(manifest))) {
      throw new UserError(`"${directory}" is not a results directory of sim`, {
        hint: RESULTS_HINT,
      });
    }
    this.manifest = readDocument(manifest, manifestDocument);
    this.summary = readDocument(join(directory, "summary.json"), summaryDocument);
    this.cluster = readDocument(join(directory, "cluster.json"), clusterDocument);
  }

  /** The plan file's text; undefined for an infeasible plan. */
  get planText(): string | undefined {
    const path = join(this.#directory, "plan.yaml");
    return existsSync(path) ? readText(path) : undefined;
  }

  /** All replicas of the run, as its tables number them. */
  get replicas(): ReplicasDocument {
    return readDocument(join(this.#directory, "replicas.json"), replicasDocument);
  }

  /** A table of the run; undefined where the run has none. */
  table(name: TableName): ResultTable | undefined {
    const path = join(this.#directory, `${name}.arrow`);
    return existsSync(path) ? new ResultTable(readBytes(path), path) : undefined;
  }
}
