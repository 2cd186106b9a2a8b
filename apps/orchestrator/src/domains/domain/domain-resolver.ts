import type { DnsFacts } from "./check-records.ts";

/** Port: asks the DNS, live. Never rejects: what could not be asked is a fact too. Safe to call concurrently. */
export abstract class DomainResolver {
  abstract facts(domain: string): Promise<DnsFacts>;
}
