import { Injectable } from "@nestjs/common";
import {
  AgentBuildEvent,
  agentEndpoints,
  ApiUnreachable,
  type BuildResult,
  MAX_BUILD_SECONDS,
  uuidv7,
} from "@bastide/contracts";
import type { DeploymentRow } from "../deployments/deployment.row.ts";
import { AgentClients } from "../nodes/agent-clients.ts";
import { BuilderNodes } from "../nodes/builder-nodes.ts";
import type { Target } from "../targets/target.ts";
import { TargetFinder } from "../targets/target-finder.ts";
import { VariableFreezer } from "../variables/variable-freezer.ts";

/** A build's, unless its manifest says another. */
const TIMEOUT_SECONDS = 1_800;
/** What the node needs beyond the build's own time: to fetch the source and to store the artefact. */
const MARGIN_SECONDS = 300;

export type BuildOutcome =
  | {
      readonly state: "succeeded";
      readonly node: string;
      readonly result: BuildResult;
      readonly reproducible: boolean | null;
    }
  | { readonly state: "failed"; readonly code: string; readonly message: string };

type Print = (at: Date, line: string) => void;

/** Builds on nodes, by their agents' API. */
@Injectable()
export class AgentBuilds {
  constructor(
    private readonly builders: BuilderNodes,
    private readonly agents: AgentClients,
    private readonly targets: TargetFinder,
    private readonly variables: VariableFreezer,
  ) {}

  /** Throws ApiError when the node refuses, ApiUnreachable when it cannot be reached or breaks off. */
  async run(deployment: DeploymentRow, print: Print, signal: AbortSignal): Promise<BuildOutcome> {
    const target = await this.targets.byIds(deployment);
    if (!target) throw new ApiUnreachable("the app was deleted");
    const node = this.builders.choose();
    const deadline = AbortSignal.timeout((MAX_BUILD_SECONDS + MARGIN_SECONDS) * 1000);
    const events = this.agents.of(node).lines(agentEndpoints.build, AgentBuildEvent, {
      body: await this.#request(deployment, target),
      signal: AbortSignal.any([signal, deadline]),
    });
    for await (const event of events) {
      const outcome = take(event, node, print);
      if (outcome) return outcome;
    }
    throw new ApiUnreachable(`node "${node}" broke the build off without a result`);
  }

  async #request(deployment: DeploymentRow, target: Target) {
    const { organisation, project, app } = target;
    return {
      // A new one for each attempt: an earlier one may not be over yet on the node.
      build: uuidv7(),
      organisation,
      project,
      app,
      source: deployment.source ?? "",
      prebuilt: deployment.prebuilt,
      verifyReproducible: deployment.verifyReproducible,
      environmentVariables: await this.variables.plain(target),
      timeoutSeconds: TIMEOUT_SECONDS,
    };
  }
}

function take(event: AgentBuildEvent, node: string, print: Print): BuildOutcome | undefined {
  if (event.type === "failure" && event.code === "cancelled")
    throw new ApiUnreachable(`node "${node}" gave the build up: ${event.message}`);
  if (event.type === "failure")
    return { state: "failed", code: event.code, message: event.message };
  if (event.type === "result") {
    const reproducible = event.reproducible ?? null;
    return { state: "succeeded", node, result: event.result, reproducible };
  }
  // The plan's lines are in the log as well.
  if (event.type === "log") print(new Date(event.at), event.line);
  return undefined;
}
