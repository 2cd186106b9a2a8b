import { Failure } from "../command-line/failure.ts";
import { type Home, type HomePaths, platformHost } from "../home/home.ts";
import { waitForAnswer } from "./http-check.ts";
import { tellingLines } from "./log-lines.ts";
import type { Service } from "./service.ts";
import { isStoppedByOperator } from "./stopped-component.ts";

/** Nest, the migrations and a slow disk at a first start. */
const ORCHESTRATOR_TIMEOUT_MS = 60_000;
const GATEWAY_TIMEOUT_MS = 60_000;
/** A gateway that does not answer by then may be one that nobody wants. */
const USUAL_START_MS = 1_000;
/** A program that ended this often at its start will not come up by itself. */
const MOST_RESTARTS = 3;

/** Waits until the control plane answers. Throws Failure with its last log lines. */
export async function waitForOrchestrator(
  home: Home,
  orchestrator: Service,
  signal: AbortSignal,
): Promise<void> {
  const port = home.ports.orchestrator;
  const check = { host: "127.0.0.1", port, hostHeader: platformHost(home), path: "/" };
  const goOn = () => orchestrator.status.restarts < MOST_RESTARTS;
  if (await waitForAnswer(check, { timeoutMs: ORCHESTRATOR_TIMEOUT_MS, signal, goOn })) return;
  throw notReady("the orchestrator does not answer", [orchestrator]);
}

/**
 * Waits until the platform's own host answers through the gateway, which the agent starts; no longer than until it is
 * known that an operator wants no gateway.
 */
export async function waitForGateway(
  home: Home,
  paths: HomePaths,
  services: readonly Service[],
  signal: AbortSignal,
): Promise<"answers" | "stopped"> {
  const port = home.ports.gateway;
  const check = { host: "127.0.0.1", port, hostHeader: `${platformHost(home)}:${port}`, path: "/" };
  let isStopped = false;
  let askAtMs = performance.now() + USUAL_START_MS;
  const goOn = async (): Promise<boolean> => {
    if (services.some((service) => service.status.restarts >= MOST_RESTARTS)) return false;
    if (performance.now() < askAtMs) return true;
    isStopped = await isStoppedByOperator(home, paths, "gateway");
    askAtMs = performance.now() + USUAL_START_MS;
    return !isStopped;
  };
  if (await waitForAnswer(check, { timeoutMs: GATEWAY_TIMEOUT_MS, signal, goOn })) return "answers";
  if (isStopped) return "stopped";
  throw notReady(
    `the gateway does not answer on port ${port}`,
    services.filter(({ spec }) => spec.name !== "PostgreSQL"),
  );
}

function notReady(fact: string, services: readonly Service[]): Failure {
  const restarted = services.filter((service) => service.status.restarts > 0);
  const shown = restarted.length > 0 ? restarted : services;
  return new Failure("failed", fact, {
    details: shown.flatMap(({ spec }) =>
      tellingLines(spec.logFile, 8).map((line) => `${spec.name}: ${line}`),
    ),
    fix: `see ${shown.map(({ spec }) => spec.logFile).join(" and ")}; \`bastide doctor\` checks this machine`,
  });
}
