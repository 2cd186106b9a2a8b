import { setTimeout as delay } from "node:timers/promises";
import {
  type ApiClient,
  ApiError,
  type Deployment,
  DeploymentEvent,
  type DeploymentPhase,
  endpoints,
  hasEnded,
} from "@bastide/contracts";
import { within } from "../api/deadline.ts";
import type { Target } from "../api/target.ts";
import type { Context } from "../command-line/context.ts";
import type { Output } from "../output/output.ts";
import type { Phase } from "../output/reporter.ts";

/** How long the platform may be away during a deployment before we give up watching it. */
const MOST_SILENCE_MS = 120_000;
const RETRY_MS = 500;

/**
 * Shows a deployment's phases and log lines until it ends, and gives its last state. A control plane that goes away in
 * the meantime is waited for: the deployment resumes with it.
 */
export async function follow(
  deployment: Deployment,
  target: Target,
  options: {
    readonly client: ApiClient;
    readonly context: Context;
    readonly shown: readonly string[];
  },
): Promise<Deployment> {
  const { client, context, shown } = options;
  const parameters = { ...target, deployment: deployment.id };
  const view = new DeploymentView(context.output, shown);
  let last = deployment;
  let silentSince = Date.now();
  view.show(last);
  try {
    while (!hasEnded(last.phase)) {
      try {
        const { signal } = context;
        for await (const event of client.events(endpoints.deployments.events, DeploymentEvent, {
          parameters,
          signal,
        })) {
          silentSince = Date.now();
          if (event.type === "log") view.log(event.line);
          else view.show((last = event.deployment));
          if (hasEnded(last.phase)) return last;
        }
        last = await client.call(endpoints.deployments.get, {
          parameters,
          signal: within(context.signal),
        });
        view.show(last);
      } catch (error) {
        context.signal.throwIfAborted();
        if (isFinal(error) || Date.now() - silentSince > MOST_SILENCE_MS) throw error;
        await delay(RETRY_MS, undefined, { signal: context.signal });
      }
    }
    return last;
  } catch (error) {
    if (context.signal.aborted)
      context.output.complain(
        `the deployment goes on; give it up with: bastide cancel ${deployment.id} --app ${target.app}`,
      );
    throw error;
  } finally {
    view.end(last);
  }
}

const isFinal = (error: unknown): boolean =>
  error instanceof ApiError && error.problem.status < 500;

const TITLES: Readonly<Record<DeploymentPhase, string>> = {
  building: "building",
  starting: "starting",
  switching: "switching requests over",
  draining: "letting old requests finish",
  succeeded: "",
  failed: "",
  cancelled: "",
};

/** Turns states into phases on the terminal. */
class DeploymentView {
  readonly #output: Output;
  readonly #shown: ReadonlySet<string>;
  #phase: { readonly name: DeploymentPhase; readonly shown: Phase } | undefined;

  constructor(output: Output, shown: readonly string[]) {
    this.#output = output;
    this.#shown = new Set(shown);
  }

  show(deployment: Deployment): void {
    if (this.#phase?.name === deployment.phase) return;
    this.end(deployment);
    const title = TITLES[deployment.phase];
    if (title !== "")
      this.#phase = { name: deployment.phase, shown: this.#output.progress.begin(title) };
  }

  log(line: string): void {
    if (!this.#shown.has(line)) this.#output.progress.remark(`    ${line}`);
  }

  /** Closes the phase that was shown: as failed when the deployment ended in it. */
  end(deployment: Deployment): void {
    const isBad = deployment.phase === "failed" || deployment.phase === "cancelled";
    if (isBad) this.#phase?.shown.failed();
    else this.#phase?.shown.done();
    this.#phase = undefined;
  }
}
