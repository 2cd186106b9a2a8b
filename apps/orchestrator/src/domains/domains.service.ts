import { domainToASCII } from "node:url";
import type { CheckedDomain, Domain, UploadCertificate } from "@bastide/contracts";
import { ProblemError } from "@bastide/service-kit";
import { Injectable } from "@nestjs/common";
import { DataSource, type EntityManager } from "typeorm";
import { z } from "zod";
import { Config } from "../config.ts";
import type { Target } from "../targets/target.ts";
import type { Issued } from "../certificates/domain/issued.ts";
import { areRelated, NotADomain, readDomain } from "./domain/claim.ts";
import { NotUsable } from "../certificates/domain/pem.ts";
import { readUploaded } from "./domain/uploaded-certificate.ts";
import { DomainChecks } from "./domain-checks.ts";
import { DomainRoutes } from "./domain-routes.ts";
import { DomainRow } from "./domain.row.ts";
import { PublicCertificates } from "./public-certificates.ts";

const Owned = z.array(
  z.object({ domain: z.string(), organisation: z.string(), target: z.string() }),
);

/** Domains that might be the same as, above or below one; which are is decided by `areRelated`. */
const CANDIDATES = `
  select d.domain, o.name organisation, p.name || '/' || a.name || ' (' || e.name || ')' target
  from domains d join apps a on a.id = d.app_id join environments e on e.id = d.environment_id
  join projects p on p.id = a.project_id join organisations o on o.id = p.organisation_id
  where d.domain = $1 or right($1, length(d.domain) + 1) = '.' || d.domain
    or right(d.domain, length($1) + 1) = '.' || $1`;

/** Only one claim is looked at at a time: two related ones must not both find nothing. */
const CLAIM_LOCK = "select pg_advisory_xact_lock(hashtext('bastide.domains'))";

/** Who has which domain. One environment of one app has it, and nobody else. */
@Injectable()
export class DomainsService {
  constructor(
    private readonly config: Config,
    private readonly database: DataSource,
    private readonly certificates: PublicCertificates,
    private readonly checks: DomainChecks,
    private readonly routes: DomainRoutes,
  ) {}

  async list(target: Target): Promise<Domain[]> {
    const { appId, environmentId } = target;
    const rows = await this.database
      .getRepository(DomainRow)
      .find({ where: { appId, environmentId }, order: { domain: "asc" } });
    return rows.map((row) => this.#domainOf(row, target));
  }

  /** Adding what is there already changes nothing. */
  async add(target: Target, text: string): Promise<CheckedDomain> {
    const domain = this.#read(text);
    await this.database.transaction(async (manager) => {
      await manager.query(CLAIM_LOCK);
      await this.#checkClaim(manager, target, domain);
      await manager
        .createQueryBuilder()
        .insert()
        .into(DomainRow)
        .values(newRow(target, domain))
        .orIgnore()
        .execute();
    });
    this.routes.add(domain, target);
    return this.check(target, domain);
  }

  async check(target: Target, text: string): Promise<CheckedDomain> {
    const { domain } = await this.find(target, this.#read(text));
    const check = await this.checks.check(domain);
    if (check.ok) await this.certificates.soon(domain);
    return { ...this.#domainOf(await this.find(target, domain), target), check };
  }

  /** Refused whole, with what is there going on, unless clients would take it. */
  async upload(target: Target, text: string, uploaded: UploadCertificate): Promise<Domain> {
    const { domain } = await this.find(target, this.#read(text));
    await this.certificates.use(domain, readUsable(uploaded, domain));
    return this.#domainOf(await this.find(target, domain), target);
  }

  async withdraw(target: Target, text: string): Promise<Domain> {
    const { domain } = await this.find(target, this.#read(text));
    if (!(await this.certificates.withdraw(domain)))
      throw new ProblemError(
        "not-found",
        `${domain} has no certificate that was uploaded; nothing was changed`,
      );
    return this.#domainOf(await this.find(target, domain), target);
  }

  async remove(target: Target, text: string): Promise<void> {
    const { domain } = await this.find(target, this.#read(text));
    await this.database.getRepository(DomainRow).delete({ domain });
    this.routes.remove(domain, target);
    await this.certificates.forget(domain);
  }

  async find(
    { appId, environmentId, app, environment }: Target,
    domain: string,
  ): Promise<DomainRow> {
    const row = await this.database
      .getRepository(DomainRow)
      .findOneBy({ domain, appId, environmentId });
    if (row) return row;
    throw new ProblemError(
      "not-found",
      `${app} in ${environment} does not have the domain ${domain}`,
    );
  }

  #read(text: string): string {
    try {
      return readDomain(text, this.config.baseDomain, domainToASCII);
    } catch (error) {
      if (error instanceof NotADomain) throw new ProblemError("invalid-request", error.message);
      throw error;
    }
  }

  /** Another organisation is not named: who serves what is its own affair. */
  async #checkClaim(manager: EntityManager, target: Target, domain: string): Promise<void> {
    const rows = Owned.parse(await manager.query(CANDIDATES, [domain]));
    const own = `${target.project}/${target.app} (${target.environment})`;
    for (const held of rows) {
      const isOurs = held.organisation === target.organisation;
      if (held.domain === domain && !(isOurs && held.target === own))
        throw new ProblemError(
          "name-taken",
          isOurs
            ? `${domain} leads to ${held.target} already; remove it there first`
            : `${domain} is in use on this platform already`,
        );
      if (!isOurs && areRelated(held.domain, domain))
        throw new ProblemError(
          "name-taken",
          `${domain} is above or below a domain that another organisation uses on this platform`,
        );
    }
  }

  #domainOf(row: DomainRow, { app, environment }: Target): Domain {
    const { domain, createdAt } = row;
    const certificate = this.certificates.describe(row);
    return { domain, app, environment, createdAt: createdAt.toISOString(), certificate };
  }
}

function readUsable(uploaded: UploadCertificate, domain: string): Issued {
  try {
    return readUploaded(uploaded, domain, new Date());
  } catch (error) {
    if (error instanceof NotUsable) throw new ProblemError("invalid-request", error.message);
    throw error;
  }
}

const newRow = ({ appId, environmentId }: Target, domain: string): Partial<DomainRow> => ({
  domain,
  appId,
  environmentId,
  state: "pending",
  reason: null,
  attempts: 0,
  nextAttemptAt: new Date(),
  createdAt: new Date(),
});
