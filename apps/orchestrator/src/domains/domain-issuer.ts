import type { AcmeChallenge } from "@bastide/contracts";
import { Injectable } from "@nestjs/common";
import type { Issued } from "../certificates/domain/issued.ts";
import { Config } from "../config.ts";
import { Challenges } from "./challenges.ts";
import { challengeKind } from "./domain/attempts.ts";
import { PublicAuthority } from "./domain/public-authority.ts";

/** Gets one certificate: the challenge is there before the authority looks, and gone afterwards. */
@Injectable()
export class DomainIssuer {
  constructor(
    private readonly config: Config,
    private readonly authority: PublicAuthority,
    private readonly challenges: Challenges,
  ) {}

  /** Whether certificates may be asked for at all. */
  get isAllowed(): boolean {
    return this.config.acme.isAgreed;
  }

  /** Throws NotIssued with a reason for people. */
  async issue(domain: string, failures: number, signal: AbortSignal): Promise<Issued> {
    const { gatewayPort: http, gatewayHttpsPort: https } = this.config;
    const published: AcmeChallenge[] = [];
    try {
      return await this.authority.issue({
        domain,
        kind: challengeKind({ http, https }, failures),
        signal,
        publish: async (challenge) => {
          published.push(challenge);
          await this.challenges.publish(challenge, signal);
        },
      });
    } finally {
      for (const challenge of published) this.challenges.retract(challenge);
    }
  }
}
