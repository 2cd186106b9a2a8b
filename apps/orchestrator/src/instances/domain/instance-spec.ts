import { type InstanceSpec, Limits, type ProcessSpec, type PromiseSpec } from "@bastide/contracts";
import type { Target } from "../../targets/target.ts";
import { listens } from "../../releases/domain/processes.ts";

/** What is asked of an app that listens and promises nothing: that something answers on its port. */
const LISTENING: PromiseSpec = { kind: "tcp", timeoutSeconds: 1, everySeconds: 5 };

/** The deployment judges a start that takes too long; a moment later the agent would start it again. */
const REPAIR_AFTER_MS = 5_000;

const MIB = 1024 * 1024;

export interface TenantInstance {
  readonly id: string;
  readonly target: Target;
  readonly process: string;
  readonly spec: ProcessSpec;
  readonly version: number;
  readonly artefact: string;
  /** Plain configuration and secrets, readable. */
  readonly environmentVariables: Readonly<Record<string, string>>;
}

/** The desired state of one instance of a tenant's app, as its agent gets it. */
export function tenantSpec(instance: TenantInstance): InstanceSpec {
  const { id, target, process, spec } = instance;
  const { organisation, project, app, environment } = target;
  const listening = listens(process, spec);
  return {
    id,
    organisation,
    project,
    app,
    environment,
    process,
    release: `v${instance.version}`,
    artefact: { kind: "blob", digest: instance.artefact },
    command: ["/bin/sh", "-c", spec.command],
    environmentVariables: { ...instance.environmentVariables },
    files: {},
    listens: listening,
    promises: spec.promises ?? (listening ? [LISTENING] : []),
    limits: limitsOf(spec),
    stopGraceMs: spec.stopGraceSeconds * 1000,
    startTimeoutMs: spec.startTimeoutSeconds * 1000 + REPAIR_AFTER_MS,
    state: "running",
  };
}

function limitsOf({ limits }: ProcessSpec): InstanceSpec["limits"] {
  const { memoryMb, cpus, processes, openFiles } = Limits.parse(limits ?? {});
  return {
    memoryBytes: memoryMb * MIB,
    cpuMillis: Math.round(cpus * 1000),
    processes,
    openFiles,
  };
}
