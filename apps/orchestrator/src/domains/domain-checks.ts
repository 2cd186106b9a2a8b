import type { DomainCheck } from "@bastide/contracts";
import { Injectable } from "@nestjs/common";
import { checkRecords } from "./domain/check-records.ts";
import { DomainResolver } from "./domain/domain-resolver.ts";
import { PublicAddresses } from "./public-addresses.ts";

/** Asks the DNS about a domain, live, and says what is missing. */
@Injectable()
export class DomainChecks {
  constructor(
    private readonly resolver: DomainResolver,
    private readonly addresses: PublicAddresses,
  ) {}

  async check(domain: string): Promise<DomainCheck> {
    const facts = await this.resolver.facts(domain);
    return checkRecords(domain, facts, this.addresses.expected(), new Date());
  }
}
