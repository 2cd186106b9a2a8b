import { join } from "node:path";
import type { InstanceSpec } from "@bastide/contracts";
import type { Mount, RunSpec } from "@bastide/runtime";
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
export function runSpecOf({ spec, home, port, uid, platform, artefact }: RunSpecParts): RunSpec {
  return {
    id: spec.id,
    command: spec.command,
    environment: environmentOf(spec, port),
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
function environmentOf(spec: InstanceSpec, port: number | undefined): Record<string, string> {
  return {
    NODE_ENV: "production",
    LANG: "C.UTF-8",
    HOME: "/data",
    PATH,
    ...spec.environmentVariables,
    HOST: "127.0.0.1",
    ...(port === undefined ? {} : { PORT: String(port) }),
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
