import { get } from "node:http";
import type { PromiseSpec } from "@bastide/contracts";
import { reasonOf } from "../journal/reason.ts";
import type { ProbeResult } from "./domain/promise-state.ts";

type HttpPromise = Extract<PromiseSpec, { kind: "http" }>;

/** Asks once, on a connection of its own; the answer's body is not read. */
export function probeHttp(
  spec: HttpPromise,
  { host, port }: { readonly host: string; readonly port: number },
  stopped: AbortSignal,
): Promise<ProbeResult> {
  const deadline = AbortSignal.timeout(spec.timeoutSeconds * 1000);
  const signal = AbortSignal.any([stopped, deadline]);
  const target = { host, port, path: spec.path, agent: false, signal } as const;
  return new Promise((resolve) => {
    const request = get(target, (response) => {
      resolve(judge(spec, response.statusCode ?? 0));
      response.on("error", () => {});
      request.destroy();
    });
    request.on("error", (error) =>
      resolve({
        kept: false,
        message: deadline.aborted
          ? `no answer to GET ${spec.path} on port ${port} within ${spec.timeoutSeconds} s`
          : `GET ${spec.path} on port ${port}: ${reasonOf(error)}`,
      }),
    );
  });
}

function judge({ path, status: wanted }: HttpPromise, status: number): ProbeResult {
  const kept = wanted === undefined ? status < 500 : status === wanted;
  const limit = wanted === undefined ? "below 500" : String(wanted);
  return { kept, message: kept ? "" : `GET ${path} answered ${status}; wanted is ${limit}` };
}
