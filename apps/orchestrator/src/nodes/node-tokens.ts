import { Injectable } from "@nestjs/common";
import { DataSource } from "typeorm";
import { RevocationsService } from "../revocations/revocations.service.ts";
import { NodeRow } from "./node.row.ts";

const REVOKE_WITHIN_MS = 10_000;

const NOTED = `coalesce(
  (select jsonb_agg(held) from jsonb_array_elements(revocation_ids) held where held->>'expiresAt' > :now),
  '[]'::jsonb) || :token::jsonb`;

type Held = NodeRow["revocationIds"];

/** Remembers which tokens a node was given, and takes them back. */
@Injectable()
export class NodeTokens {
  constructor(
    private readonly database: DataSource,
    private readonly revocations: RevocationsService,
  ) {}

  /**
   * In one statement, so that of two at the same time none is forgotten. Those that have ended need not be remembered
   * any more. False when there is no such node now: the token must not be handed out then.
   */
  async note(name: string, token: Held[number]): Promise<boolean> {
    const { affected } = await this.database
      .createQueryBuilder()
      .update(NodeRow)
      .set({ revocationIds: () => NOTED })
      .where("name = :name", { name })
      .setParameters({ now: new Date().toISOString(), token: JSON.stringify([token]) })
      .execute();
    return affected === 1;
  }

  async revoke(tokens: Held, by: string): Promise<void> {
    for (const { id, expiresAt } of tokens) {
      const signal = AbortSignal.timeout(REVOKE_WITHIN_MS);
      await this.revocations.revoke({ id, expiresAt }, by, signal);
    }
  }
}
