import type { JoinNode, NodeIdentity } from "@bastide/contracts";
import { isNodeKey, isProof } from "@bastide/peer-tls";
import { ProblemError } from "@bastide/service-kit";
import { Injectable } from "@nestjs/common";
import { DataSource, type EntityManager } from "typeorm";
import { Config } from "../config.ts";
import { NodeRow } from "../nodes/node.row.ts";
import { IdentityIssuer } from "./identity-issuer.ts";
import { JoinedNodes } from "./joined-nodes.ts";
import { JoinTokens } from "./join-tokens.ts";

/** Lets machines in, each by a token that is good once. */
@Injectable()
export class NodeAdmission {
  constructor(
    private readonly config: Config,
    private readonly database: DataSource,
    private readonly tokens: JoinTokens,
    private readonly issuer: IdentityIssuer,
    private readonly joined: JoinedNodes,
  ) {}

  /** All or nothing: a token whose bearer was refused for another reason may be used again. */
  async join(token: string, wish: JoinNode): Promise<NodeIdentity> {
    const { name, publicKey, proof } = wish;
    if (!isNodeKey(publicKey) || !isProof({ kind: "join", token, node: name }, publicKey, proof))
      throw new ProblemError(
        "invalid-request",
        "the proof is not by the key that was sent, or that is not a key on P-256; run `bastide node join` again",
      );
    const made = await this.database.transaction((manager) => this.#admit(manager, token, wish));
    await this.joined.welcome(made.row, made.replaced);
    return made.identity;
  }

  async #admit(manager: EntityManager, token: string, { name, publicKey }: JoinNode) {
    const boundTo = await this.tokens.use(manager, token, name);
    const before = await manager.findOneBy(NodeRow, { name });
    if (name === this.config.node || (before && boundTo !== name)) throw taken(name);
    const { identity, revocationId } = await this.issuer.issue(name, publicKey);
    const fresh = { joinedAt: new Date(), publicKey, revocationIds: [revocationId] };
    await manager.upsert(NodeRow, { name, ...fresh }, ["name"]);
    const row = await manager.findOneByOrFail(NodeRow, { name });
    return { identity, row, replaced: before?.revocationIds ?? [] };
  }
}

const taken = (name: string): ProblemError =>
  new ProblemError(
    "name-taken",
    `there is a node "${name}" already; give this machine another name with --name, or, if it is that node and lost its directory, let it join by a token of its own: bastide node join-token --node ${name}`,
  );
