import { type CheckedDomain, type Domain, endpoints } from "@bastide/contracts";
import { DataSource } from "typeorm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DomainsBench, HERE } from "./domains-bench.ts";
import { until } from "./platform.ts";

const MAIN = { organisation: "main", project: "main", environment: "production" };

const soon = (): AbortSignal => AbortSignal.timeout(20_000);

let bench: DomainsBench;
let dns: DomainsBench["dns"];
let pebble: DomainsBench["pebble"];
let orchestrator: DomainsBench["orchestrator"];
let gateway: DomainsBench["gateway"];
let admin: DomainsBench["admin"];

beforeAll(async () => {
  bench = await DomainsBench.start("shop", "blog");
  ({ dns, pebble, orchestrator, gateway, admin } = bench);
});
beforeEach(() => {
  for (const name of Object.keys(dns.zone)) delete dns.zone[name];
});
afterAll(() => bench[Symbol.asyncDispose]());

const query = (sql: string, values: readonly unknown[] = []): Promise<unknown> =>
  orchestrator.app.get(DataSource).query(sql, [...values]);
const at = (app: string) => ({ ...MAIN, app });
const add = (domain: string, app = "shop"): Promise<CheckedDomain> =>
  admin.call(endpoints.domains.add, { parameters: at(app), body: { domain }, signal: soon() });
const check = (domain: string, app = "shop"): Promise<CheckedDomain> =>
  admin.call(endpoints.domains.check, { parameters: { ...at(app), domain }, signal: soon() });
const remove = (domain: string, app = "shop"): Promise<unknown> =>
  admin.call(endpoints.domains.remove, { parameters: { ...at(app), domain }, signal: soon() });

async function listed(domain: string): Promise<Domain | undefined> {
  const { items } = await admin.call(endpoints.domains.list, {
    parameters: at("shop"),
    signal: soon(),
  });
  return items.find((one) => one.domain === domain);
}

const isIn = (domain: string, state: Domain["certificate"]["state"]) =>
  until(`${domain} is ${state}; pebble says ${pebble.output.slice(-300)}`, async () => {
    const found = await listed(domain);
    return found?.certificate.state === state ? found : undefined;
  });

/** As if the pause before the next attempt were over. */
async function due(domain: string): Promise<void> {
  await query("update domains set next_attempt_at = now() where domain = $1", [domain]);
  await query("select graphile_worker.add_job('domain-certificates')");
}

describe("a domain whose DNS leads here", () => {
  it.each([
    ["http-01", 8080, 8443],
    ["tls-alpn-01", 8080, 443],
  ] as const)(
    "gets a certificate that the world trusts, proved by %s",
    async (kind, http, https) => {
      const domain = `${kind}.example.com`;
      dns.zone[domain] = { A: [HERE] };
      Object.assign(orchestrator.config, { gatewayPort: http, gatewayHttpsPort: https });
      const added = await add(domain);
      expect(added.check).toMatchObject({ ok: true, problems: [] });
      await isIn(domain, "issued");
      const shown = await until("the gateway shows it", async () =>
        gateway.shown(domain, await pebble.root()),
      );
      expect(shown.subjectaltname).toBe(`DNS:${domain}`);
      expect(pebble.output).toContain(kind);
      const { certificate } = (await listed(domain)) ?? {};
      expect(Date.parse(certificate?.notAfter ?? "")).toBeGreaterThan(Date.now());
      const lifeLeft = Date.parse(certificate?.nextAttemptAt ?? "") - Date.now();
      expect(lifeLeft).toBeGreaterThan(0);
      expect(lifeLeft).toBeLessThan(Date.parse(certificate?.notAfter ?? "") - Date.now());
      await remove(domain);
      await until("it is gone from the gateway", async () => {
        return (await gateway.shown(domain, await pebble.root())) === undefined;
      });
    },
  );

  it("has its certificate renewed when that is due, while the old one serves", async () => {
    const domain = "renewed.example.com";
    dns.zone[domain] = { A: [HERE] };
    await add(domain);
    await isIn(domain, "issued");
    const serial = async () =>
      (await gateway.shown(domain, await pebble.root()))?.serialNumber ?? "";
    const first = await until("a certificate", serial);
    await due(domain);
    const shown = new Set<string>([first]);
    await until("another one", async () => shown.add(await serial()).size > 1);
    // There was one at every moment.
    expect(shown).not.toContain("");
    await remove(domain);
  });

  it("keeps its certificate when a renewal fails, and says why; nothing is asked again at once", async () => {
    const domain = "kept.example.com";
    dns.zone[domain] = { A: [HERE] };
    await add(domain);
    await isIn(domain, "issued");
    dns.zone[domain] = { A: ["192.0.2.1"] };
    await due(domain);
    const later = await until("a reason", async () => {
      const found = await listed(domain);
      return found?.certificate.reason === undefined ? undefined : found.certificate;
    });
    expect(later.state).toBe("issued");
    expect(later.reason).toContain("192.0.2.1");
    expect(Date.parse(later.nextAttemptAt ?? "")).toBeGreaterThan(Date.now() + 30_000);
    await remove(domain);
  });
});

describe("a domain that is not ready", () => {
  it("waits, and gets its certificate as soon as a check finds all well", async () => {
    const domain = "waiting.example.com";
    const added = await add(domain);
    expect(added.check).toMatchObject({
      ok: false,
      problems: [{ records: [{ type: "A", name: domain, value: HERE }] }],
    });
    dns.zone[domain] = { A: [HERE] };
    expect((await check(domain)).check.ok).toBe(true);
    await isIn(domain, "issued");
    await remove(domain);
  });

  it("is not asked for where CAA records forbid it", async () => {
    const domain = "caa.example.com";
    dns.zone[domain] = { A: [HERE] };
    dns.zone["example.com"] = { CAA: ['0 issue "other.test"'] };
    const { check: found } = await add(domain);
    expect(found.problems).toMatchObject([
      { records: [{ type: "CAA", name: "example.com", value: '0 issue "pebble.test"' }] },
    ]);
    dns.zone["example.com"] = { CAA: ['0 issue "other.test"', '0 issue "pebble.test; x=1"'] };
    expect((await check(domain)).check.ok).toBe(true);
    await remove(domain);
  });

  it("fails with the authority's reason, and is tried again later and later, by the other challenge", async () => {
    const domain = "refused.example.com";
    dns.zone[domain] = { A: [HERE] };
    await pebble.die();
    await add(domain);
    const failed = await isIn(domain, "failed");
    expect(failed.certificate.reason).toContain("cannot be reached");
    const pauseMs = Date.parse(failed.certificate.nextAttemptAt ?? "") - Date.now();
    expect(pauseMs).toBeGreaterThan(30_000);
    expect(pauseMs).toBeLessThan(60_000);
    // It comes back as another one would: it knows nothing of our account, which is made anew.
    await pebble.run();
    await check(domain);
    await isIn(domain, "issued");
    await remove(domain);
  });
});

describe("who may have a domain", () => {
  const refused = (domain: string, app = "shop") =>
    add(domain, app).then(
      () => "added",
      (error: unknown) => String(error),
    );

  it.each([
    ["*.example.com", /wildcard.*DNS-01/],
    ["bastide.localhost", /belongs to the platform itself/],
    ["x.y.localhost", /belongs to the platform itself/],
    ["192.0.2.1", /is an address/],
    ["example", /single label/],
    ["printer.local", /no public DNS has/],
    ["exa mple.com", /is not a host name/],
    ["user@example.com", /is not a host name/],
  ])("refuses %s", async (domain, why) => {
    expect(await refused(domain)).toMatch(why);
  });

  it("takes a name in any case and script, and keeps it as the DNS has it", async () => {
    const { domain } = await add("Bücher.Example.COM.");
    expect(domain).toBe("xn--bcher-kva.example.com");
    expect((await add("BÜCHER.example.com")).domain).toBe(domain);
    await remove(domain);
  });

  it("gives a domain to one environment of one app only", async () => {
    await add("once.example.com");
    expect(await refused("once.example.com", "blog")).toMatch(/leads to main\/shop \(production\)/);
    await expect(remove("once.example.com", "blog")).rejects.toThrow(/does not have the domain/);
    await remove("once.example.com");
    expect(await refused("once.example.com", "blog")).toBe("added");
    await remove("once.example.com", "blog");
  });

  it("lets no organisation into another's domain, and does not say whose it is", async () => {
    await add("corp.example.net");
    await admin.call(endpoints.organisations.create, { body: { name: "rival" }, signal: soon() });
    const rival = { ...MAIN, organisation: "rival", project: "site", app: "spy" };
    await admin.call(endpoints.projects.create, {
      parameters: { organisation: "rival" },
      body: { name: "site" },
      signal: soon(),
    });
    await admin.call(endpoints.apps.put, { parameters: rival, signal: soon() });
    const member = orchestrator.client(orchestrator.tokens.member("rival", "owner"));
    for (const domain of ["corp.example.net", "login.corp.example.net", "example.net"]) {
      const claim = member.call(endpoints.domains.add, {
        parameters: rival,
        body: { domain },
        signal: soon(),
      });
      await expect(claim).rejects.toThrow(/on this platform/);
      await expect(claim).rejects.not.toThrow(/\bmain\b|shop/);
    }
    const foreign = { ...at("shop"), domain: "corp.example.net" };
    await expect(
      member.call(endpoints.domains.remove, { parameters: foreign, signal: soon() }),
    ).rejects.toThrow(/does not allow/);
    expect(await listed("corp.example.net")).toBeDefined();
    await remove("corp.example.net");
  });
});

it("never lets a private key out: not by the API, not into a log or a row", async () => {
  const domain = "secret.example.com";
  dns.zone[domain] = { A: [HERE] };
  await add(domain);
  await isIn(domain, "issued");
  const seen = [
    ...orchestrator.log,
    gateway.output,
    JSON.stringify(await listed(domain)),
    JSON.stringify(await query("select c::text from certificates c")),
    JSON.stringify(await query("select a::text from acme_accounts a")),
    JSON.stringify(await query("select p::text from private_authorities p")),
  ];
  for (const text of seen) expect(text).not.toMatch(/PRIVATE KEY/);
  await remove(domain);
});
