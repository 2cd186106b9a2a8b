import type { PromiseSpec } from "@bastide/contracts";
import type { RunHandle, RuntimeDriver } from "@bastide/runtime";
import { reasonOf } from "../journal/reason.ts";
import { probeCommand } from "./command-probe.ts";
import type { ProbeResult } from "./domain/promise-state.ts";
import { insteadOf, strangerOn } from "./port-owner.ts";
import { probeHttp } from "./http-probe.ts";
import { probeTcp } from "./tcp-probe.ts";

/** What is asked. */
export interface ProbeTarget {
  readonly run: RunHandle;
  /** Absent for what does not listen: its promises of network are then never kept. */
  readonly port: number | undefined;
  /** The run's own user; absent where it shares the agent's, and nobody can be told apart by it. */
  readonly uid?: number | undefined;
}

/** Asks promises of one run. Never rejects: what cannot be asked is not kept. */
export class Prober {
  readonly #driver: RuntimeDriver;

  constructor(driver: RuntimeDriver) {
    this.#driver = driver;
  }

  async ask(spec: PromiseSpec, target: ProbeTarget, stopped: AbortSignal): Promise<ProbeResult> {
    try {
      return await this.#ask(spec, target, stopped);
    } catch (error) {
      return { kept: false, message: reasonOf(error) };
    }
  }

  async #ask(
    spec: PromiseSpec,
    { run, port, uid }: ProbeTarget,
    stopped: AbortSignal,
  ): Promise<ProbeResult> {
    if (spec.kind === "command") return probeCommand(spec, this.#driver, run);
    if (port === undefined) return { kept: false, message: "it has no port: it does not listen" };
    const result = await (spec.kind === "http"
      ? probeHttp(spec, port, stopped)
      : probeTcp(port, spec.timeoutSeconds * 1000));
    if (uid === undefined) return result;
    if (!result.kept) return { ...result, message: result.message + (await insteadOf(port, uid)) };
    const stranger = await strangerOn(port, uid);
    return stranger === undefined ? result : { kept: false, message: stranger };
  }
}
