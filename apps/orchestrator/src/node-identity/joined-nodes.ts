import { JsonLogger } from "@bastide/service-kit";
import { Injectable } from "@nestjs/common";
import { NodeDirectory } from "../nodes/node-directory.ts";
import type { NodeRow } from "../nodes/node.row.ts";
import { NodeTokens } from "../nodes/node-tokens.ts";
import { NodeWatch } from "../nodes/node-watch.ts";

/** Tells those who know nodes of one that joined. */
@Injectable()
export class JoinedNodes {
  constructor(
    private readonly directory: NodeDirectory,
    private readonly watch: NodeWatch,
    private readonly tokens: NodeTokens,
    private readonly logger: JsonLogger,
  ) {}

  /** `replaced`: the tokens of the one of that name that was there before, which is shut out. */
  async welcome(row: NodeRow, replaced: NodeRow["revocationIds"]): Promise<void> {
    await this.tokens.revoke(replaced, `node:${row.name}`);
    // Set up anew, its agent counts its starts from the beginning.
    this.watch.forget(row.name);
    this.directory.put(row);
    this.logger.info("a node joined", { node: row.name, again: replaced.length > 0 });
  }
}
