/**
 * A reverse proxy that records: the server that clients talk to instead of the one that has the
 * LLMs.
 */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createForward, type ForwardingOptions } from "./forwarding.ts";

/** Where to listen, beside what is forwarded. */
export interface ProxyOptions extends ForwardingOptions {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
}

/** A proxy that listens. */
export interface RecordingProxy {
  readonly port: number;
  /** Cuts off what is under way and stops. */
  close(): Promise<void>;
}

/** Milliseconds; longer than clients keep idle connections, which they would else find closed. */
const KEEP_ALIVE_TIME = 75_000;

/** Listens; the errors are those of the network. */
export function startProxy({ host, port, ...options }: ProxyOptions): Promise<RecordingProxy> {
  const { forward, close } = createForward(options);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_TIME, requestTimeout: 0 }, forward);
  const proxy = {
    get port() {
      return (server.address() as AddressInfo).port;
    },
    close: () =>
      new Promise<void>((closed) => {
        options.recorder.isStopped = true;
        server.close(() => closed());
        server.closeAllConnections();
        close();
      }),
  };
  return new Promise((listening, failed) => {
    server.once("error", failed);
    server.listen(port, host, () => listening(proxy));
  });
}
