import type { PromiseSpec } from "@bastide/contracts";
import type { RunHandle, RuntimeDriver } from "@bastide/runtime";
import { reasonOf } from "../journal/reason.ts";
import { probeCommand } from "./command-probe.ts";
import { LOOPBACK } from "../numbers/free-port.ts";
import type { ProbeResult } from "./domain/promise-state.ts";
import { insteadOf, strangerOn } from "./port-owner.ts";
import { probeHttp } from "./http-probe.ts";
import { probeTcp } from "./tcp-probe.ts";

/** What is asked. */
export interface ProbeTarget {
  readonly run: RunHandle;
  /** Absent for what does not listen: its promises of network are then never kept. */
  readonly port: number | undefined;
  /** Where it listens, if not at 127.0.0.1. */
  readonly host?: string | undefined;
  /** The run's own user; absent where it shares the agent's, and nobody can be told apart by it. */
  readonly uid?: number | undefined;
}

/** Asks promises of one run. Never rejects: what cannot be asked is not kept. */
export class Prober {
  readonly #driver: RuntimeDriver;

  constructor(driver: RuntimeDriver) {
    this.#driver = driver;
  }

  /** `why`: what is not kept is looked into as well, which takes longer than asking. */
  async ask(
    spec: PromiseSpec,
    target: ProbeTarget,
    { stopped, why }: { readonly stopped: AbortSignal; readonly why: boolean },
  ): Promise<ProbeResult> {
    try {
      return await this.#ask(spec, target, stopped, why);
    } catch (error) {
      return { kept: false, message: reasonOf(error) };
    }
  }

  async #ask(
    spec: PromiseSpec,
    { run, port, host = LOOPBACK, uid }: ProbeTarget,
    stopped: AbortSignal,
    why: boolean,
  ): Promise<ProbeResult> {
    if (spec.kind === "command") return probeCommand(spec, this.#driver, run);
    if (port === undefined) return { kept: false, message: "it has no port: it does not listen" };
    const result = await (spec.kind === "http"
      ? probeHttp(spec, { host, port }, stopped)
      : probeTcp({ host, port }, spec.timeoutSeconds * 1000));
    if (uid === undefined) return result;
    if (!result.kept)
      return why ? { ...result, message: result.message + insteadOf(port, uid) } : result;
    const stranger = strangerOn({ host, port }, uid);
    return stranger === undefined ? result : { kept: false, message: stranger };
  }
}
