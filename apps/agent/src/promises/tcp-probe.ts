import { connect } from "node:net";
import { reasonOf } from "../journal/reason.ts";
import type { ProbeResult } from "./domain/promise-state.ts";

/** Whether something accepts a connection there. */
export function probeTcp(
  { host, port }: { readonly host: string; readonly port: number },
  timeoutMs: number,
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (result: ProbeResult): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(timeoutMs);
    socket.once("connect", () => settle({ kept: true, message: "" }));
    socket.once("timeout", () =>
      settle({ kept: false, message: `port ${port} did not answer within ${timeoutMs / 1000} s` }),
    );
    socket.once("error", (error) =>
      settle({ kept: false, message: `nothing listens on port ${port}: ${reasonOf(error)}` }),
    );
  });
}
