import { endpoints, NodeName, nodeIdentityEndpoints, RenewNode } from "@bastide/contracts";
import {
  type AnswerOf,
  Call,
  type CallOf,
  Endpoint,
  parseInput,
  Public,
} from "@bastide/service-kit";
import { Body, Controller, HttpCode, Param, Post } from "@nestjs/common";
import { JoinTokens } from "./join-tokens.ts";
import { NodeAdmission } from "./node-admission.ts";
import { NodeRenewal } from "./node-renewal.ts";

const { join, joinToken } = endpoints.nodes;
const { challenge, renew } = nodeIdentityEndpoints;

const nestPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ":$1");

/** How machines become nodes and stay so. */
@Controller()
export class NodeIdentityController {
  constructor(
    private readonly tokens: JoinTokens,
    private readonly admission: NodeAdmission,
    private readonly renewal: NodeRenewal,
  ) {}

  @Endpoint(joinToken)
  joinToken(@Call() call: CallOf<typeof joinToken>): Promise<AnswerOf<typeof joinToken>> {
    return this.tokens.create(call.body, call.caller.subject);
  }

  @Endpoint(join)
  join(@Call() { headers, body }: CallOf<typeof join>): Promise<AnswerOf<typeof join>> {
    const token = headers.authorization?.replace(/^bearer\s+/i, "") ?? "";
    return this.admission.join(token, body);
  }

  @Post(nestPath(challenge.path))
  @HttpCode(challenge.status)
  @Public("a challenge is worth nothing to whoever has not the node's key")
  challenge(@Param("node") node: string): AnswerOf<typeof challenge> {
    return this.renewal.challenge(parseInput(NodeName, node, "path"));
  }

  @Post(nestPath(renew.path))
  @HttpCode(renew.status)
  @Public("the proof of the node's key stands in the place of a token, which may have ended")
  renew(@Param("node") node: string, @Body() body: unknown): Promise<AnswerOf<typeof renew>> {
    const name = parseInput(NodeName, node, "path");
    return this.renewal.renew(name, parseInput(RenewNode, body, "body"));
  }
}
