import { Module } from "@nestjs/common";
import { ControlCredentials } from "./control-credentials.ts";
import { NodeAuthority } from "./node-authority.ts";
import { OwnPeer } from "./own-peer.ts";

/** Apart from the rest of this feature: whoever calls agents needs it too. */
@Module({
  providers: [ControlCredentials, NodeAuthority, OwnPeer],
  exports: [ControlCredentials, NodeAuthority, OwnPeer],
})
export class NodeAuthorityModule {}
