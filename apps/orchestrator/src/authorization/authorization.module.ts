import { API_POLICY } from "@bastide/contracts";
import { ApiAuthorizer } from "@bastide/service-kit";
import { Global, Module } from "@nestjs/common";
import { LiveRootKeys } from "./live-root-keys.ts";
import { RevokedTokens } from "./revoked-tokens.ts";
import { TokenIssuer } from "./token-issuer.ts";

@Global()
@Module({
  providers: [
    LiveRootKeys,
    RevokedTokens,
    TokenIssuer,
    {
      provide: ApiAuthorizer,
      inject: [LiveRootKeys, RevokedTokens],
      useFactory: ({ keyOf }: LiveRootKeys, { store }: RevokedTokens) =>
        new ApiAuthorizer(keyOf, API_POLICY, store),
    },
  ],
  exports: [ApiAuthorizer, LiveRootKeys, RevokedTokens, TokenIssuer],
})
export class AuthorizationModule {}
