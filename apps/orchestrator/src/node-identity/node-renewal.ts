import type { NodeChallenge, NodeIdentity, RenewNode } from "@bastide/contracts";
import { isProof } from "@bastide/peer-tls";
import { ProblemError } from "@bastide/service-kit";
import { Injectable } from "@nestjs/common";
import { DataSource } from "typeorm";
import { NodeRow } from "../nodes/node.row.ts";
import { NodeTokens } from "../nodes/node-tokens.ts";
import { Challenges } from "./challenges.ts";
import { IdentityIssuer } from "./identity-issuer.ts";

/** Lets nodes stay who they are: by their key, also when what they were given has ended. */
@Injectable()
export class NodeRenewal {
  readonly #challenges = new Challenges();

  constructor(
    private readonly database: DataSource,
    private readonly issuer: IdentityIssuer,
    private readonly tokens: NodeTokens,
  ) {}

  challenge(name: string): NodeChallenge {
    return { challenge: this.#challenges.make(name, Date.now()) };
  }

  async renew(name: string, { challenge, proof }: RenewNode): Promise<NodeIdentity> {
    const row = await this.database.getRepository(NodeRow).findOneBy({ name });
    const publicKey = row?.publicKey;
    if (!publicKey) throw unknown(name);
    const isGood = this.#challenges.isGood(name, challenge, Date.now());
    if (!isGood || !isProof({ kind: "renew", challenge, node: name }, publicKey, proof))
      throw new ProblemError(
        "forbidden",
        `the proof is not by the key of the node "${name}", or its challenge is over; a machine that lost its key joins again by a token: bastide node join-token --node ${name}`,
      );
    this.#challenges.spend(challenge, Date.now());
    const { identity, revocationId } = await this.issuer.issue(name, publicKey);
    if (!(await this.tokens.note(name, revocationId))) throw unknown(name);
    return identity;
  }
}

const unknown = (name: string): ProblemError =>
  new ProblemError(
    "forbidden",
    `no node called "${name}" has joined here, or it was removed; let it join again by a token: bastide node join-token --node ${name}`,
  );
