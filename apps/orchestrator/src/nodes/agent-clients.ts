import { Injectable } from "@nestjs/common";
import { ApiClient, ApiUnreachable } from "@bastide/contracts";
import { ControlPlaneToken } from "../identity/control-plane-token.ts";
import { NodeDirectory } from "./node-directory.ts";

/** Clients of the agents' own APIs. */
@Injectable()
export class AgentClients {
  constructor(
    private readonly directory: NodeDirectory,
    private readonly token: ControlPlaneToken,
  ) {}

  /** Throws ApiUnreachable for a node that has not said where its agent answers. */
  of(node: string): ApiClient {
    const baseUrl = this.directory.get(node)?.agentUrl;
    if (baseUrl === undefined)
      throw new ApiUnreachable(`node "${node}" has not said yet where its agent answers`);
    return new ApiClient({ baseUrl, token: () => this.token.for(node) });
  }
}
