import { createHash } from "node:crypto";
import { type CreateJoinToken, type JoinToken, joinTicket, uuidv7 } from "@bastide/contracts";
import { ProblemError } from "@bastide/service-kit";
import { Injectable } from "@nestjs/common";
import { DataSource, type EntityManager, IsNull, LessThan, MoreThan } from "typeorm";
import { TokenIssuer } from "../authorization/token-issuer.ts";
import { JoinTokenRow } from "./join-token.row.ts";
import { NodeAuthority } from "./node-authority.ts";

/** Used and expired ones are kept for a while, so that whoever tries one again is told what became of it. */
const KEPT_MS = 30 * 24 * 3_600_000;

const ANOTHER = "ask an operator for another: bastide node join-token";

/** Makes the tokens that machines join by, and lets each be used once. */
@Injectable()
export class JoinTokens {
  constructor(
    private readonly database: DataSource,
    private readonly issuer: TokenIssuer,
    private readonly authority: NodeAuthority,
  ) {}

  async create({ node, minutes }: CreateJoinToken, by: string): Promise<JoinToken> {
    const now = new Date();
    const expiresAt = new Date(now.getTime() + minutes * 60_000);
    const token = this.issuer.join(uuidv7(), expiresAt);
    const rows = this.database.getRepository(JoinTokenRow);
    await rows.delete({ expiresAt: LessThan(new Date(now.getTime() - KEPT_MS)) });
    await rows.insert({
      digest: digestOf(token),
      node: node ?? null,
      createdBy: by,
      createdAt: now,
      expiresAt,
      usedAt: null,
      usedBy: null,
    });
    return {
      token: joinTicket(this.authority.fingerprint, token),
      expiresAt: expiresAt.toISOString(),
      ...(node === undefined ? {} : { node }),
    };
  }

  /**
   * Uses a token up, in the caller's transaction: of two at the same time one wins, and when the transaction is undone
   * the token is as it was. Answers the name that it is for, if it is for one. Throws `forbidden` with what is wrong.
   */
  async use(manager: EntityManager, token: string, name: string): Promise<string | null> {
    const digest = digestOf(token);
    const now = new Date();
    const { affected } = await manager.update(
      JoinTokenRow,
      { digest, usedAt: IsNull(), expiresAt: MoreThan(now) },
      { usedAt: now, usedBy: name },
    );
    const row = await manager.findOneBy(JoinTokenRow, { digest });
    if (affected !== 1 || !row) throw unusable(row);
    if (row.node !== null && row.node !== name)
      throw new ProblemError(
        "forbidden",
        `this join token is for a node called "${row.node}", not "${name}"; use that name or ${ANOTHER}`,
      );
    return row.node;
  }
}

function unusable(row: JoinTokenRow | null): ProblemError {
  if (!row) return new ProblemError("forbidden", `this join token is not known here; ${ANOTHER}`);
  if (row.usedAt)
    return new ProblemError(
      "forbidden",
      `this join token was used already, by "${row.usedBy}" at ${row.usedAt.toISOString()}; each lets one machine in, once; ${ANOTHER}`,
    );
  return new ProblemError(
    "forbidden",
    `this join token ended at ${row.expiresAt.toISOString()}; ${ANOTHER}`,
  );
}

const digestOf = (token: string): string => createHash("sha256").update(token).digest("hex");
