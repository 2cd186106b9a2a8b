import { JsonLogger } from "@bastide/service-kit";
import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from "@nestjs/common";
import { Config } from "../config.ts";
import { PublicUrls } from "../platform/public-urls.ts";
import { RouteTable } from "../routes/route-table.ts";
import { certificateName, CertificateStore } from "./certificate-store.ts";
import { type PrivateLeaf, privateLeaves } from "./domain/private-hosts.ts";
import { PrivateAuthority } from "./private-authority.ts";

const CHECK_EVERY_MS = 3_600_000;

/** Keeps a certificate of the private authority for each host in the table that it is good for. */
@Injectable()
export class PrivateCertificates
  implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown
{
  #timer: NodeJS.Timeout | undefined;
  #stopWatching: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();
  #isAsked = false;

  // oxlint-disable-next-line max-params -- six things that it joins, each with one job
  constructor(
    private readonly config: Config,
    private readonly urls: PublicUrls,
    private readonly routes: RouteTable,
    private readonly store: CertificateStore,
    private readonly authority: PrivateAuthority,
    private readonly logger: JsonLogger,
  ) {}

  async onModuleInit(): Promise<void> {
    const { isNew } = await this.authority.open();
    await this.store.load(certificateName("private-ca", this.urls.platformHost));
    if (isNew) await this.store.remove(this.#private());
  }

  /** The platform's own certificate is there before the first gateway asks; the others follow the table. */
  async onApplicationBootstrap(): Promise<void> {
    await this.#keep();
    this.#stopWatching = this.routes.watch(() => this.keepSoon());
    this.#timer = setInterval(() => this.keepSoon(), CHECK_EVERY_MS);
    this.#timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopWatching?.();
    await this.#running;
  }

  /** Any number of calls while one run is under way make one more run. */
  keepSoon(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#running = this.#keepAfter(this.#running);
  }

  async #keepAfter(before: Promise<void>): Promise<void> {
    await before;
    this.#isAsked = false;
    try {
      await this.#keep();
    } catch (error) {
      this.logger.error("a certificate of the private authority cannot be made", { error });
    }
  }

  async #keep(now: Date = new Date()): Promise<void> {
    const hosts = this.routes.hosts();
    const leaves = privateLeaves(this.config.baseDomain, this.urls.platformHost, hosts);
    const wanted = new Set(leaves.map(nameOf));
    const known = this.store.known();
    for (const leaf of leaves) {
      const held = known.get(nameOf(leaf));
      if (held && held.renewAt > now && sameHosts(held.hosts, leaf.hosts)) continue;
      const issued = await this.authority.issue(leaf.hosts, now);
      await this.store.put({ source: "private-ca", ...leaf, issued });
    }
    await this.store.remove(this.#private().filter((name) => !wanted.has(name)));
  }

  #private(): string[] {
    return [...this.store.known().values()]
      .filter(({ source }) => source === "private-ca")
      .map(({ name }) => name);
  }
}

const nameOf = ({ hosts: [first] }: PrivateLeaf): string => certificateName("private-ca", first);

const sameHosts = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((host, i) => host === other[i]);
