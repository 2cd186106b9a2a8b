import { join } from "node:path";
import type { InstanceSpec } from "@bastide/contracts";
import type { Mount, RunSpec } from "@bastide/runtime";
import { LOOPBACK } from "../numbers/free-port.ts";
import { hostOf } from "./host-of.ts";
import type { InstanceHome } from "./instance-home.ts";

export interface RunSpecParts {
  readonly spec: InstanceSpec;
  readonly home: InstanceHome;
  readonly port: number | undefined;
  readonly uid: number | undefined;
  /** What every sandbox of this node shows: Node, npm. */
  readonly platform: readonly Mount[];
  /** What this one shows besides: its dependencies, or a brick of the installation. */
  readonly artefact: readonly Mount[];
  /** Where the control plane is, as this node reaches it: for bricks of the installation. */
  readonly orchestratorUrl: string;
}

const PATH = [
  "/app/node_modules/.bin",
  "/opt/bastide/node/bin",
  "/opt/bastide/bin",
  "/usr/local/bin",
  "/usr/bin",
  "/bin",
].join(":");

/** What the driver is told of one start. */
export function runSpecOf(parts: RunSpecParts): RunSpec {
  const { spec, home, uid, platform, artefact } = parts;
  return {
    id: spec.id,
    command: spec.command,
    environment: environmentOf(parts),
    workingDirectory: "/app",
    mounts: [
      { source: home.app, target: "/app", writable: true },
      { source: home.data, target: "/data", writable: true },
      { source: home.files, target: "/run/bastide", writable: false },
      ...platform,
      ...artefact,
    ],
    limits: spec.limits,
    stdout: home.stdout,
    stderr: home.stderr,
    stateDirectory: home.state,
    ...(uid === undefined ? {} : { uid }),
    // Whatever a tenant's spec says: only what is part of the installation may.
    ...(spec.lowPorts === true && spec.artefact.kind === "installed" ? { lowPorts: true } : {}),
  };
}

/** The app's own variables win over our defaults, and lose against what is a fact of this instance. */
function environmentOf({ spec, port, orchestratorUrl }: RunSpecParts): Record<string, string> {
  const isBrick = spec.artefact.kind === "installed";
  return {
    NODE_ENV: "production",
    LANG: "C.UTF-8",
    HOME: "/data",
    PATH,
    ...spec.environmentVariables,
    HOST: hostOf(spec) ?? LOOPBACK,
    ...(port === undefined ? {} : { PORT: String(port) }),
    ...(isBrick ? { BASTIDE_CONTROL_URL: orchestratorUrl } : {}),
    BASTIDE_APP: spec.app,
    BASTIDE_ENVIRONMENT: spec.environment,
    BASTIDE_RELEASE: spec.release,
    BASTIDE_INSTANCE: spec.id,
    BASTIDE_PROCESS: spec.process,
  };
}

/** The mount that shows an artefact's dependencies. */
export const dependenciesMount = (tree: string): Mount => ({
  source: join(tree, "node_modules"),
  target: "/app/node_modules",
  writable: false,
});
