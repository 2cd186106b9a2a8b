import { Injectable } from "@nestjs/common";
import { ApiClient, ApiUnreachable } from "@bastide/contracts";
import { type NodeFetch, secureFetch } from "@bastide/peer-tls";
import { ControlPlaneToken } from "../identity/control-plane-token.ts";
import { ControlCredentials } from "../node-identity/control-credentials.ts";
import { NodeDirectory } from "./node-directory.ts";

/** Clients of the agents' own APIs. */
@Injectable()
export class AgentClients {
  constructor(
    private readonly directory: NodeDirectory,
    private readonly token: ControlPlaneToken,
    private readonly credentials: ControlCredentials,
  ) {}

  /** Throws ApiUnreachable for a node that has not said where its agent answers. */
  of(node: string): ApiClient {
    const baseUrl = this.directory.get(node)?.agentUrl;
    if (baseUrl === undefined)
      throw new ApiUnreachable(`node "${node}" has not said yet where its agent answers`);
    const token = (): string => this.token.for(node);
    // On our own machine by the loopback address; any other machine proves itself, and so do we.
    if (!baseUrl.startsWith("https:")) return new ApiClient({ baseUrl, token });
    return new ApiClient({ baseUrl, token, fetch: this.#secureFetch(node) });
  }

  #secureFetch(name: string): NodeFetch {
    return async (url, init) => {
      const own = await this.credentials.get();
      const peer = { kind: "node", name } as const;
      return secureFetch({ peer, authority: () => own.authority, own: () => own })(url, init);
    };
  }
}
