/**
 * A plan as Kubernetes objects: a Deployment for each instance, a Service for each LLM. GPUs and
 * shares are set per container, because the device plugin of NVIDIA chooses GPUs itself and divides
 * each into equal parts only (`sharing.mps.replicas`). So no `nvidia.com/gpu` is asked for. Left
 * out: the routers of the plan (a Service picks at random) and its control.
 */

import type { Deployment } from "./plan.ts";
import { MPS_PIPES, SERVER_PORT, type VllmServer, vllmServers } from "./vllm-server.ts";

/** As every object of Kubernetes. */
interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: object;
}

/** The Services and Deployments of `deployment`; `plan` names it in labels. */
export function kubernetesObjects(deployment: Deployment, plan: string): KubernetesObject[] {
  const servers = vllmServers(deployment);
  const services = [...new Set(servers.map(({ service }) => service))];
  return services.flatMap((service) => {
    const ofService = servers.filter((server) => server.service === service);
    const labels = { "app.kubernetes.io/part-of": plan, "sim/llm": service };
    return [serviceOf(service, labels), ...ofService.map((server) => workloadOf(server, labels))];
  });
}

function serviceOf(name: string, labels: Readonly<Record<string, string>>): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, labels },
    spec: { selector: labels, ports: [{ name: "http", port: 80, targetPort: SERVER_PORT }] },
  };
}

function workloadOf(
  server: VllmServer,
  common: Readonly<Record<string, string>>,
): KubernetesObject {
  const { name, node, llm, instance } = server;
  const own = { ...common, "app.kubernetes.io/instance": name };
  const labels = { ...own, "sim/tp": String(instance.gpus.length) };
  const annotations = {
    "sim/llm": llm.name,
    "sim/model": llm.model.name,
    "sim/share": String(instance.share),
    "sim/gpus": instance.gpus.map(({ id }) => id).join(","),
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, labels, annotations },
    spec: {
      replicas: 1,
      // A second copy would find no memory beside the first.
      strategy: { type: "Recreate" },
      selector: { matchLabels: own },
      template: {
        metadata: { labels, annotations },
        spec: {
          nodeSelector: { "kubernetes.io/hostname": node },
          runtimeClassName: "nvidia",
          // Clients and daemon of MPS share memory; so do the ranks of a TP group.
          hostIPC: true,
          containers: [containerOf(server)],
          ...(usesMps(server)
            ? { volumes: [{ name: "mps", hostPath: { path: MPS_PIPES, type: "Directory" } }] }
            : {}),
        },
      },
    },
  };
}

function containerOf(server: VllmServer) {
  const environment = { NVIDIA_VISIBLE_DEVICES: server.devices.join(","), ...server.environment };
  const token = { name: "hugging-face", key: "token", optional: true };
  return {
    name: "vllm",
    image: server.image,
    args: server.arguments,
    env: [
      ...Object.entries(environment).map(([name, value]) => ({ name, value })),
      { name: "HF_TOKEN", valueFrom: { secretKeyRef: token } },
    ],
    ports: [{ name: "http", containerPort: SERVER_PORT }],
    readinessProbe: { httpGet: { path: "/health", port: SERVER_PORT }, periodSeconds: 5 },
    ...(usesMps(server) ? { volumeMounts: [{ name: "mps", mountPath: MPS_PIPES }] } : {}),
  };
}

function usesMps({ environment }: VllmServer): boolean {
  return "CUDA_MPS_PIPE_DIRECTORY" in environment;
}
