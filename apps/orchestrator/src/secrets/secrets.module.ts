import { Global, Module } from "@nestjs/common";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Config } from "../config.ts";
import { EnvelopeSecretBox } from "./envelope-secret-box.ts";
import { SecretBox } from "./secret-box.ts";

@Global()
@Module({
  providers: [
    {
      provide: SecretBox,
      inject: [Config],
      useFactory: ({ keysDirectory }: Config) => {
        const text = readFileSync(join(keysDirectory, "secrets.key"), "utf8").trim();
        return new EnvelopeSecretBox([Buffer.from(text, "base64url")]);
      },
    },
  ],
  exports: [SecretBox],
})
export class SecretsModule {}
