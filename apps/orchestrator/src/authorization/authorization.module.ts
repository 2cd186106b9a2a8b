import { KeyRing } from "@bastide/biscuit";
import { API_POLICY } from "@bastide/contracts";
import { ApiAuthorizer } from "@bastide/service-kit";
import { Global, Module } from "@nestjs/common";
import { Config } from "../config.ts";
import { readRootKeys } from "./root-keys.ts";
import { TokenIssuer } from "./token-issuer.ts";

@Global()
@Module({
  providers: [
    TokenIssuer,
    {
      provide: ApiAuthorizer,
      inject: [Config],
      useFactory: ({ rootKeysFile }: Config) =>
        new ApiAuthorizer(KeyRing.of(readRootKeys(rootKeysFile)), API_POLICY),
    },
  ],
  exports: [ApiAuthorizer, TokenIssuer],
})
export class AuthorizationModule {}
