/**
 * Loads GPU types and clusters. A cluster is the shorthand NODESxGPUSxGPU, a cluster file or a
 * bundled cluster; the shorthand joins equal nodes by the GPU type's usual links.
 */

import { dirname } from "node:path";
import { UserError } from "../errors.ts";
import { type Cluster, createCluster, type NodeSpec } from "../hardware/cluster.ts";
import type { GpuType } from "../hardware/gpu.ts";
import { bundledNames, findFile, isPath, type LoadOptions, readCatalogFile } from "./catalog.ts";
import { type ClusterFile, clusterSchema } from "./cluster-schema.ts";
import { type ClusterLinks, gpuSchema } from "./gpu-schema.ts";
import { collectProblems } from "./located-errors.ts";
import { nameOfFile, type YamlFile } from "./yaml-file.ts";

const NODES_GPUS_GPU = /^(\d+)x(\d+)x(.+)$/i;

/** More GPUs than this are refused: a slip of the keyboard. */
const GPU_COUNT_MAX = 100_000;

/** One object per GPU file, so that the GPUs of a cluster can be compared by identity. */
const gpuTypesByPath = new Map<string, { file: object; type: GpuType }>();

/** A GPU type by name or by the path of a GPU file. */
export function loadGpuType(spec: string, options: LoadOptions = {}): GpuType {
  return loadGpu(spec, options).type;
}

/** One node of a GPU type, which is given by name or path, with its usual links. */
export function loadNode(gpuSpec: string, gpuCount: number): Cluster {
  const gpu = loadGpu(gpuSpec, {});
  return createUniformCluster(`1x${gpuCount}x${gpu.type.name}`, 1, gpuCount, gpu);
}

/** A cluster by shorthand, path or bundled name. */
export function loadCluster(spec: string, options: LoadOptions = {}): Cluster {
  const isFile = isPath(spec) || spec.includes("/");
  if (isFile) return loadClusterFile(findFile("cluster", spec, options), options);
  const shorthand = NODES_GPUS_GPU.exec(spec.trim());
  if (shorthand !== null) {
    const [, nodes, gpus, gpu] = shorthand;
    return createUniformCluster(spec, Number(nodes), Number(gpus), loadGpu(gpu!, options));
  }
  const known = bundledNames("cluster");
  if (known.some((name) => name === spec.toLowerCase())) {
    return loadClusterFile(findFile("cluster", spec), options);
  }
  throw badClusterSpec(spec);
}

function createUniformCluster(
  spec: string,
  nodeCount: number,
  gpuCount: number,
  gpu: { readonly type: GpuType; readonly links: ClusterLinks },
): Cluster {
  if (nodeCount < 1 || gpuCount < 1 || nodeCount * gpuCount > GPU_COUNT_MAX) {
    throw badClusterSpec(spec);
  }
  const nodes = Array.from({ length: nodeCount }, (_, index) => ({
    id: `node${index}`,
    gpuType: gpu.type,
    gpuCount,
    domainSize: gpu.type.domainSize,
  }));
  const typed = NODES_GPUS_GPU.exec(spec.trim())![3]!;
  return createCluster(`${nodeCount}x${gpuCount}x${typed.toUpperCase()}`, nodes, gpu.links);
}

function badClusterSpec(spec: string): UserError {
  return new UserError(`"${spec}" is not a cluster`, {
    hint:
      "expected NODESxGPUSxGPU such as 4x8xH100, or the path of a cluster file " +
      `(bundled: ${bundledNames("cluster").join(", ")})`,
  });
}

function loadClusterFile(path: string, options: LoadOptions): Cluster {
  const read = readCatalogFile(path, clusterSchema, options);
  const from = dirname(path);
  const gpus = collectProblems(read, (attempt) =>
    read.value.nodes.map(({ gpu }, index) =>
      attempt(["nodes", index, "gpu"], () => loadGpu(gpu, { ...options, from })),
    ),
  );
  const gpuCountAll = read.value.nodes.reduce((sum, { count, gpus }) => sum + count * gpus, 0);
  if (gpuCountAll > GPU_COUNT_MAX) {
    throw new UserError(`nodes: ${gpuCountAll} GPUs are more than the ${GPU_COUNT_MAX} supported`, {
      where: read.locate(["nodes"]),
    });
  }
  const nodes: NodeSpec[] = [];
  read.value.nodes.forEach(({ count, gpus: gpuCount, domain }, index) => {
    const { type } = gpus[index]!;
    const domainSize = domain ?? type.domainSize;
    for (let copy = 0; copy < count; copy++) {
      nodes.push({ id: `node${nodes.length}`, gpuType: type, gpuCount, domainSize });
    }
  });
  const types = new Set(gpus.map(({ type }) => type));
  return createCluster(
    nameOfFile(path),
    nodes,
    resolveLinks(read, types.size === 1 ? gpus[0]!.links : undefined),
  );
}

/** The links of a file, completed from those of its GPU type if it has one only. */
function resolveLinks(
  { value, locate }: YamlFile<ClusterFile>,
  usual: ClusterLinks | undefined,
): ClusterLinks {
  const { node, network, frontend } = value.links;
  const nodeLink = node ?? usual?.nodeLink;
  const networkLink = network ?? usual?.networkLink;
  const frontendLink = frontend ?? usual?.frontendLink;
  if (nodeLink === undefined || networkLink === undefined || frontendLink === undefined) {
    throw new UserError("links: node, network and frontend are needed", {
      where: locate(["links"]),
      hint: "links can be left out only when all nodes have the same type of GPU",
    });
  }
  return { nodeLink, networkLink, frontendLink };
}

function loadGpu(spec: string, options: LoadOptions): { type: GpuType; links: ClusterLinks } {
  const path = findFile("gpu", spec, options);
  const { value } = readCatalogFile(path, gpuSchema, options);
  const known = gpuTypesByPath.get(path);
  if (known?.file === value) return { type: known.type, links: value.links };
  const type = { name: nameOfFile(path), ...value.type };
  gpuTypesByPath.set(path, { file: value, type });
  return { type, links: value.links };
}
