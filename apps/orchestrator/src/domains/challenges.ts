import { type AcmeChallenge, acmeChallengeKey } from "@bastide/contracts";
import { Injectable } from "@nestjs/common";
import { GatewayTable } from "../gateways/gateway-table.ts";
import { asJson } from "../streams/json.ts";
import { NotIssued } from "./domain/public-authority.ts";

const ACKNOWLEDGED_MS = 30_000;

/** What gateways answer to authorities, for as long as one may look. */
@Injectable()
export class Challenges {
  constructor(private readonly gateways: GatewayTable) {}

  /** Resolves when every live gateway answers it. Throws NotIssued when that takes too long. */
  async publish(challenge: AcmeChallenge, signal: AbortSignal): Promise<void> {
    const { source } = this.gateways;
    const version = source.apply([{ key: acmeChallengeKey(challenge), value: asJson(challenge) }]);
    const late = AbortSignal.timeout(ACKNOWLEDGED_MS);
    try {
      await source.waitForAcknowledgement(version, AbortSignal.any([signal, late]));
    } catch (cause) {
      if (!late.aborted) throw cause;
      throw new NotIssued(
        `not every gateway took the challenge for ${challenge.host} within ${ACKNOWLEDGED_MS / 1000} s`,
        { cause },
      );
    }
  }

  retract(challenge: AcmeChallenge): void {
    this.gateways.source.apply([{ key: acmeChallengeKey(challenge), tombstone: true }]);
  }
}
