/**
 * A plan on one node as a Docker Compose file: a service for each instance, and the MPS control
 * daemon that they share. Instances of one LLM have ports of their own: what the plan's routers do
 * is left to the client, and its control is left out.
 */

import { UserError } from "../errors.ts";
import type { Deployment } from "./plan.ts";
import { MPS_PIPES, SERVER_PORT, type VllmServer, vllmServers } from "./vllm-server.ts";

/** What of the Compose specification a plan needs. */
interface ComposeFile {
  readonly services: Readonly<Record<string, object>>;
  readonly volumes: Readonly<Record<string, object>>;
}

/** No LLM's servers are called so: their names end in a number. */
const DAEMON = "mps-daemon";

/** The file of `deployment`; a UserError if it takes several nodes. */
export function composeFile(deployment: Deployment): ComposeFile {
  const servers = vllmServers(deployment);
  const nodes = [...new Set(servers.map(({ node }) => node))];
  if (nodes.length > 1) {
    throw new UserError(`the plan is on ${nodes.join(", ")}; Compose serves one node`, {
      hint: "give --emit kubernetes, or plan on a --cluster of one node",
    });
  }
  const usesMps = (deployment.sharing ?? "mps") === "mps";
  const daemon = usesMps ? { [DAEMON]: daemonOf(servers[0]!.image) } : {};
  const services = servers.map((server, index) => [server.name, serviceOf(server, index, usesMps)]);
  return {
    services: { ...daemon, ...Object.fromEntries(services) },
    volumes: { ...(usesMps ? { mps: {} } : {}), "hugging-face": {} },
  };
}

/** The container runtime puts the daemon's program, a part of the driver, into any container. */
function daemonOf(image: string) {
  return {
    image,
    entrypoint: ["nvidia-cuda-mps-control", "-f"],
    environment: { CUDA_MPS_PIPE_DIRECTORY: MPS_PIPES },
    ipc: "host",
    restart: "unless-stopped",
    volumes: [`mps:${MPS_PIPES}`],
    deploy: reservation({ count: "all" }),
  };
}

function serviceOf(server: VllmServer, index: number, usesMps: boolean) {
  const { llm, instance } = server;
  return {
    image: server.image,
    command: server.arguments,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose puts the shell's value in.
    environment: { ...server.environment, HF_TOKEN: "${HF_TOKEN:-}" },
    ipc: "host",
    restart: "unless-stopped",
    ports: [`${SERVER_PORT + index}:${SERVER_PORT}`],
    volumes: [...(usesMps ? [`mps:${MPS_PIPES}`] : []), "hugging-face:/root/.cache/huggingface"],
    ...(usesMps ? { depends_on: [DAEMON] } : {}),
    labels: {
      "sim.llm": llm.name,
      "sim.model": llm.model.name,
      "sim.tp": String(instance.gpus.length),
      "sim.share": String(instance.share),
      "sim.gpus": instance.gpus.map(({ id }) => id).join(","),
    },
    deploy: reservation({ device_ids: server.devices.map(String) }),
  };
}

function reservation(which: object) {
  const device = { driver: "nvidia", capabilities: ["gpu"], ...which };
  return { resources: { reservations: { devices: [device] } } };
}
