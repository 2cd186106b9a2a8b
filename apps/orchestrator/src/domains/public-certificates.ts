import type { CertificateSource, DomainCertificate } from "@bastide/contracts";
import { JsonLogger } from "@bastide/service-kit";
import { Injectable } from "@nestjs/common";
import { DataSource, LessThanOrEqual } from "typeorm";
import {
  certificateName,
  CertificateStore,
  type KnownCertificate,
} from "../certificates/certificate-store.ts";
import type { Issued } from "../certificates/domain/issued.ts";
import { pauseAfter, pauseForDns } from "./domain/attempts.ts";
import { NotIssued } from "./domain/public-authority.ts";
import { DomainChecks } from "./domain-checks.ts";
import { DomainIssuer } from "./domain-issuer.ts";
import { DomainRow } from "./domain.row.ts";

const DAY_MS = 86_400_000;
/** How long before the end of a certificate that was uploaded a public one is got ready, lest nothing serves. */
const SPARE_MS = 7 * DAY_MS;
const NOT_AGREED =
  "this platform's operator does not agree to the authority's terms (BASTIDE_ACME_AGREE=no), so no certificate is asked for";

/** One more look at the due domains, at once; many wishes are one job. */
const ADD_JOB = `select graphile_worker.add_job('domain-certificates', max_attempts => 1, job_key => 'domain-certificates')`;

type Progress = Pick<DomainRow, "state" | "reason" | "attempts" | "nextAttemptAt">;

/** Gets certificates for domains whose DNS is ready, renews them in time, and takes them away with their domains. */
@Injectable()
export class PublicCertificates {
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: DataSource,
    private readonly store: CertificateStore,
    private readonly checks: DomainChecks,
    private readonly issuer: DomainIssuer,
    private readonly logger: JsonLogger,
  ) {}

  /** Looks at the domain soon, whatever pause it was in. */
  async soon(domain: string): Promise<void> {
    const now = new Date();
    const rows = this.database.getRepository(DomainRow);
    const row = await rows.findOneBy({ domain });
    // Renewals come when they are due: asking sooner would only use up what the authority allows.
    if (!row || (row.state === "issued" && this.#held(domain))) return;
    await rows.update({ domain }, { nextAttemptAt: now });
    await this.database.query(ADD_JOB);
  }

  describe(row: DomainRow): DomainCertificate {
    const uploaded = this.#uploaded(row.domain);
    if (uploaded) return describeUploaded(uploaded);
    const held = this.#held(row.domain);
    const state = this.issuer.isAllowed ? row.state : held ? "issued" : "off";
    return {
      state,
      ...(row.reason === null ? {} : { reason: row.reason }),
      ...(held ? { source: "acme", notAfter: held.notAfter.toISOString() } : {}),
      ...(state === "off" ? {} : { nextAttemptAt: row.nextAttemptAt.toISOString() }),
    };
  }

  /** The job: one run at a time, domain after domain. */
  run(signal: AbortSignal): Promise<void> {
    const next = this.#running.then(() => this.#runOnce(signal));
    this.#running = next.catch(() => {});
    return next;
  }

  async forget(domain: string): Promise<void> {
    await this.store.remove(namesOf(domain));
  }

  /** Puts a certificate of the owner's own into use, in place of an earlier one. */
  async use(domain: string, issued: Issued): Promise<void> {
    await this.store.put({ source: "uploaded", hosts: [domain], issued });
    await this.database.getRepository(DomainRow).update({ domain }, untilSpare(issued.notAfter));
    this.logger.info("certificate uploaded", { domain, notAfter: issued.notAfter.toISOString() });
  }

  /** False when there is none. */
  async withdraw(domain: string): Promise<boolean> {
    const name = certificateName("uploaded", domain);
    if (!this.store.known().has(name)) return false;
    await this.store.remove([name]);
    const held = this.#held(domain);
    const progress = held
      ? ({ state: "issued", nextAttemptAt: held.renewAt } as const)
      : ({ state: "pending", nextAttemptAt: new Date() } as const);
    await this.database.getRepository(DomainRow).update({ domain }, progress);
    if (!held) await this.database.query(ADD_JOB);
    return true;
  }

  async #runOnce(signal: AbortSignal): Promise<void> {
    const rows = this.database.getRepository(DomainRow);
    const due = await rows.find({
      where: { nextAttemptAt: LessThanOrEqual(new Date()) },
      order: { nextAttemptAt: "asc" },
    });
    for (const row of due) {
      if (signal.aborted) return;
      const progress = await this.#attempt(row, signal);
      // A domain that was removed meanwhile is not there any more: nothing is updated, and the rest is swept.
      await rows.update({ domain: row.domain }, progress);
    }
    await this.#sweep();
  }

  /** Certificates whose domains went away with their apps. */
  async #sweep(): Promise<void> {
    const rows = await this.database.getRepository(DomainRow).find({ select: { domain: true } });
    const wanted = new Set(rows.flatMap(({ domain }) => namesOf(domain)));
    const left = [...this.store.known().values()].filter(
      ({ source, name }) => source !== "private-ca" && !wanted.has(name),
    );
    await this.store.remove(left.map(({ name }) => name));
  }

  async #attempt(row: DomainRow, signal: AbortSignal): Promise<Progress> {
    const uploaded = this.#uploaded(row.domain);
    if (uploaded && msLeft(uploaded) > SPARE_MS) return untilSpare(uploaded.notAfter);
    if (!this.issuer.isAllowed)
      return this.#later(row.domain, row.attempts, "pending", NOT_AGREED, DAY_MS);
    const failures = row.state === "waiting" ? 0 : row.attempts;
    const check = await this.checks.check(row.domain);
    if (!check.ok) {
      const reason = check.problems.map(({ message }) => message).join("; ");
      const checks = row.state === "waiting" ? row.attempts : 0;
      return this.#later(row.domain, checks, "waiting", reason, pauseForDns(checks));
    }
    return this.#issue(row, failures, signal);
  }

  async #issue(row: DomainRow, failures: number, signal: AbortSignal): Promise<Progress> {
    try {
      const issued = await this.issuer.issue(row.domain, failures, signal);
      await this.store.put({ source: "acme", hosts: [row.domain], issued });
      this.logger.info("certificate issued", { domain: row.domain });
      const renewAt = this.#held(row.domain)?.renewAt ?? new Date(Date.now() + DAY_MS);
      return { state: "issued", reason: null, attempts: 0, nextAttemptAt: renewAt };
    } catch (error) {
      if (signal.aborted) return unchanged(row);
      if (!(error instanceof NotIssued)) throw error;
      this.logger.warn("certificate not issued", { domain: row.domain, reason: error.message });
      const pauseMs = pauseAfter(failures + 1, Math.random(), error.retryAfterMs);
      return this.#later(row.domain, failures, "failed", error.message, pauseMs);
    }
  }

  /** What serves goes on serving: a renewal that fails leaves its certificate issued, and says why. */
  // oxlint-disable-next-line max-params -- a domain, and the four fields that follow from it
  #later(
    domain: string,
    attempts: number,
    state: DomainRow["state"],
    reason: string,
    pauseMs: number,
  ): Progress {
    return {
      state: this.#uploaded(domain) || this.#held(domain) ? "issued" : state,
      reason,
      attempts: attempts + 1,
      nextAttemptAt: new Date(Date.now() + pauseMs),
    };
  }

  #held(domain: string): KnownCertificate | undefined {
    return this.#valid("acme", domain);
  }

  #uploaded(domain: string): KnownCertificate | undefined {
    return this.#valid("uploaded", domain);
  }

  #valid(source: CertificateSource, domain: string): KnownCertificate | undefined {
    const held = this.store.known().get(certificateName(source, domain));
    return held && held.notAfter > new Date() ? held : undefined;
  }
}

const namesOf = (domain: string): string[] => [
  certificateName("acme", domain),
  certificateName("uploaded", domain),
];

const unchanged = ({ state, reason, attempts, nextAttemptAt }: DomainRow): Progress => ({
  state,
  reason,
  attempts,
  nextAttemptAt,
});

const msLeft = ({ notAfter }: KnownCertificate): number => notAfter.getTime() - Date.now();

/** Nothing is asked of the authority before an uploaded certificate comes to its end. */
const untilSpare = (notAfter: Date): Progress => ({
  state: "issued",
  reason: null,
  attempts: 0,
  nextAttemptAt: new Date(notAfter.getTime() - SPARE_MS),
});

const describeUploaded = (uploaded: KnownCertificate): DomainCertificate => ({
  state: "issued",
  source: "uploaded",
  notAfter: uploaded.notAfter.toISOString(),
  ...(msLeft(uploaded) > SPARE_MS ? {} : { reason: ENDS_SOON }),
});

const ENDS_SOON = "it ends soon: upload another one, or a public one takes its place";
