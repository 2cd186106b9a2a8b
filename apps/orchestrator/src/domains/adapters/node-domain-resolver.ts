import { Resolver } from "node:dns/promises";
import { Injectable } from "@nestjs/common";
import { Config } from "../../config.ts";
import type { CaaRecord, DnsFacts } from "../domain/check-records.ts";
import { DomainResolver } from "../domain/domain-resolver.ts";

const TIMEOUT = { timeout: 3_000, tries: 2 };
/** The name is not there, or has no record of that type. */
const NOTHING: ReadonlySet<string> = new Set(["ENOTFOUND", "ENODATA"]);

/** Asks the configured servers, or the machine's own, with no cache of ours between. */
@Injectable()
export class NodeDomainResolver extends DomainResolver {
  readonly #servers: readonly string[] | undefined;

  constructor({ dnsServers }: Config) {
    super();
    this.#servers = dnsServers;
  }

  override async facts(domain: string): Promise<DnsFacts> {
    const resolver = new Resolver(TIMEOUT);
    if (this.#servers) resolver.setServers([...this.#servers]);
    try {
      const [four, six, [alias], caa] = await Promise.all([
        orNone(resolver.resolve4(domain)),
        orNone(resolver.resolve6(domain)),
        orNone(resolver.resolveCname(domain)),
        nearestCaa(resolver, domain),
      ]);
      return { addresses: [...four, ...six], alias, caa, failure: undefined };
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      return { addresses: [], alias: undefined, caa: [], failure };
    }
  }
}

async function orNone<T>(records: Promise<T[]>): Promise<T[]> {
  try {
    return await records;
  } catch (error) {
    if (error instanceof Error && "code" in error && NOTHING.has(String(error.code))) return [];
    throw error;
  }
}

/** Climbs from the domain towards the root until there are some (RFC 8659 §3). */
async function nearestCaa(resolver: Resolver, domain: string): Promise<CaaRecord[]> {
  for (let name = domain; name.includes("."); name = name.slice(name.indexOf(".") + 1)) {
    const records = await orNone(resolver.resolveCaa(name));
    if (records.length > 0) return records.flatMap((record) => caaOf(name, record));
  }
  return [];
}

/** Node gives a record as `{ critical: 0, issue: "letsencrypt.org" }`. */
function caaOf(name: string, record: object): CaaRecord[] {
  const fields = new Map<string, unknown>(Object.entries(record));
  const isCritical = Number(fields.get("critical") ?? 0) >= 128;
  return Array.from(fields)
    .filter(([tag]) => tag !== "critical" && tag !== "type")
    .map(([tag, value]) => ({ name, tag: tag.toLowerCase(), value: String(value), isCritical }));
}
