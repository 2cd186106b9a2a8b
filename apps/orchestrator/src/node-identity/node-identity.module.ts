import { Module } from "@nestjs/common";
import { TypeOrmModule } from "@nestjs/typeorm";
import { PrivateAuthorityRow } from "../certificates/private-authority.row.ts";
import { NodesModule } from "../nodes/nodes.module.ts";
import { IdentityIssuer } from "./identity-issuer.ts";
import { JoinedNodes } from "./joined-nodes.ts";
import { JoinTokenRow } from "./join-token.row.ts";
import { JoinTokens } from "./join-tokens.ts";
import { NodeAuthorityModule } from "./node-authority.module.ts";
import { NodeAdmission } from "./node-admission.ts";
import { NodeIdentityController } from "./node-identity.controller.ts";
import { NodeRenewal } from "./node-renewal.ts";
import { NodesListener } from "./nodes-listener.ts";

@Module({
  imports: [
    TypeOrmModule.forFeature([JoinTokenRow, PrivateAuthorityRow]),
    NodeAuthorityModule,
    NodesModule,
  ],
  controllers: [NodeIdentityController],
  providers: [IdentityIssuer, JoinedNodes, JoinTokens, NodeAdmission, NodeRenewal, NodesListener],
})
export class NodeIdentityModule {}
