import { endpoints } from "@bastide/contracts";
import { type AnswerOf, Endpoint } from "@bastide/service-kit";
import { Controller } from "@nestjs/common";
import { PrivateAuthority } from "./private-authority.ts";

const { certificateAuthority } = endpoints.platform;

@Controller()
export class CertificatesController {
  constructor(private readonly authority: PrivateAuthority) {}

  @Endpoint(certificateAuthority)
  authorityOf(): AnswerOf<typeof certificateAuthority> {
    return this.authority.describe();
  }
}
