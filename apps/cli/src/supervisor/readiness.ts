import { Failure } from "../command-line/failure.ts";
import { type Home, platformHost } from "../home/home.ts";
import { waitForAnswer } from "./http-check.ts";
import { tellingLines } from "./log-lines.ts";
import type { Service } from "./service.ts";

/** Nest, the migrations and a slow disk at a first start. */
const ORCHESTRATOR_TIMEOUT_MS = 60_000;
const GATEWAY_TIMEOUT_MS = 60_000;
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

/** Waits until the platform's own host answers through the gateway, which the agent starts. */
export async function waitForGateway(
  home: Home,
  services: readonly Service[],
  signal: AbortSignal,
): Promise<void> {
  const port = home.ports.gateway;
  const check = { host: "127.0.0.1", port, hostHeader: `${platformHost(home)}:${port}`, path: "/" };
  const goOn = () => services.every((service) => service.status.restarts < MOST_RESTARTS);
  if (await waitForAnswer(check, { timeoutMs: GATEWAY_TIMEOUT_MS, signal, goOn })) return;
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
