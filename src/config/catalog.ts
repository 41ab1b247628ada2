/**
 * The bundled data files, found by name in any case: clusters/{gpus,models,engines}, clusters and
 * workloads under the package root. A name resolves to a path; the loaders read it.
 */

import { readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { z } from "zod";
import { unknownName } from "../errors.ts";
import type { LoadedFile } from "./input-file.ts";
import { type FileSteps, nameOfFile, readYamlFile, type YamlFile } from "./yaml-file.ts";

/** What is bundled. */
type CatalogKind = "gpu" | "model" | "engine" | "cluster" | "workflow";

/** Collects the files that loaders read, for a manifest. */
export type InputFiles = Map<string, LoadedFile>;

/** How a loader finds and records files. */
export interface LoadOptions {
  /** Every file read is added here. */
  readonly inputs?: InputFiles | undefined;
  /** The folder that relative paths start from; the working directory by default. */
  readonly from?: string | undefined;
}

/** Two levels up from src/config and from dist/config alike. */
const PACKAGE_ROOT = fileURLToPath(new URL("../../", import.meta.url));

const FOLDERS: Record<CatalogKind, string> = {
  gpu: "clusters/gpus",
  model: "clusters/models",
  engine: "clusters/engines",
  cluster: "clusters",
  workflow: "workloads",
};

const LABELS: Record<CatalogKind, string> = {
  gpu: "GPU",
  model: "model",
  engine: "engine",
  cluster: "cluster",
  workflow: "workload",
};

const namesByKind = new Map<CatalogKind, readonly string[]>();
const bundledFiles = new Map<string, YamlFile<unknown>>();

/** The bundled names of a kind, sorted. */
export function bundledNames(kind: CatalogKind): readonly string[] {
  let names = namesByKind.get(kind);
  if (names === undefined) {
    names = readdirSync(join(PACKAGE_ROOT, FOLDERS[kind]))
      .filter((file) => file.endsWith(".yaml"))
      .map(nameOfFile)
      .sort();
    namesByKind.set(kind, names);
  }
  return names;
}

/** Whether a name given by the user is the path of a file rather than a bundled name. */
export function isPath(spec: string): boolean {
  return /\.ya?ml$/i.test(spec) || /^[./~]/.test(spec);
}

/** The path of a bundled or user's file; an unknown name is a UserError. */
export function findFile(kind: CatalogKind, spec: string, { from }: LoadOptions = {}): string {
  // A Hugging Face path has a slash too; `load-model.ts` keeps those away from here.
  if (isPath(spec) || spec.includes("/")) return resolve(from ?? "", spec);
  const name = matchName(kind, spec);
  if (name !== undefined) return bundledPath(kind, name);
  const label = LABELS[kind];
  const known = kind === "gpu" ? bundledNames(kind).map(shortGpuName) : bundledNames(kind);
  const advice = `(to add one, write a file like ${FOLDERS[kind]}/*.yaml and give its path)`;
  throw unknownName(label, spec, known, advice);
}

/** The folder of the bundled files of a kind. */
export function bundledFolder(kind: CatalogKind): string {
  return join(PACKAGE_ROOT, FOLDERS[kind]);
}

/** The path of a bundled file. */
export function bundledPath(kind: CatalogKind, name: string): string {
  return join(bundledFolder(kind), `${name}.yaml`);
}

/** Reads a file, once per process if it is bundled, and records it. */
export function readCatalogFile<T>(
  path: string,
  schema: z.ZodType<T>,
  options: LoadOptions & FileSteps = {},
): YamlFile<T> {
  const shown = relative(PACKAGE_ROOT, path);
  const isBundled = Object.values(FOLDERS).includes(dirname(shown));
  // A bundled path is always read with the schema of its folder.
  let read = isBundled ? (bundledFiles.get(path) as YamlFile<T> | undefined) : undefined;
  read ??= readYamlFile(path, schema, options);
  if (isBundled) bundledFiles.set(path, read);
  const file = isBundled ? { ...read.file, path: shown } : read.file;
  for (const each of [file, ...read.otherFiles]) options.inputs?.set(each.path, each);
  return read;
}

/**
 * The bundled name meant by `spec`, in any case and with or without dashes. The first words of a
 * GPU's name are enough when only one starts with them (H100 for h100-sxm).
 */
function matchName(kind: CatalogKind, spec: string): string | undefined {
  const names = bundledNames(kind);
  const wanted = squash(spec);
  const exact = names.find((name) => squash(name) === wanted);
  if (exact !== undefined || kind !== "gpu") return exact;
  const starting = names.filter((name) => {
    const words = name.split("-");
    return words.some((_, count) => squash(words.slice(0, count).join("")) === wanted);
  });
  return starting.length === 1 ? starting[0] : undefined;
}

/** `h100` for h100-sxm: the words up to the first with a digit. */
function shortGpuName(name: string): string {
  return /^.*?\d[^-]*/.exec(name)?.[0] ?? name;
}

function squash(name: string): string {
  return name.toLowerCase().replace(/[\s_-]/g, "");
}
