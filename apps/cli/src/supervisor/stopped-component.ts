import { readFileSync } from "node:fs";
import { type Home, type HomePaths, platformHost } from "../home/home.ts";
import { ask } from "./http-check.ts";

const TIMEOUT_MS = 2_000;

/** Whether the control plane says that an operator wants no such part; false as long as it does not say so. */
export async function isStoppedByOperator(
  home: Home,
  { adminToken }: HomePaths,
  component: string,
): Promise<boolean> {
  const check = {
    host: "127.0.0.1",
    port: home.ports.orchestrator,
    hostHeader: platformHost(home),
    path: "/v1/platform/status",
    token: readFileSync(adminToken, "utf8").trim(),
  };
  const answer = await ask(check, TIMEOUT_MS);
  return answer?.status === 200 && stoppedIn(answer.body).includes(component);
}

/** The parts that an operator stopped, in what the control plane says of itself: `PlatformStatus`. */
function stoppedIn(body: string): string[] {
  const status: unknown = JSON.parse(body);
  if (typeof status !== "object" || status === null || !("components" in status)) return [];
  const components: unknown = status.components;
  return Array.isArray(components) ? components.flatMap(nameIfStopped) : [];
}

function nameIfStopped(component: unknown): string[] {
  if (typeof component !== "object" || component === null) return [];
  if (!("stopped" in component) || component.stopped !== true) return [];
  return "name" in component && typeof component.name === "string" ? [component.name] : [];
}
