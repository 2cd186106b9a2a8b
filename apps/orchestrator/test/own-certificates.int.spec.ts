import { type Domain, endpoints } from "@bastide/contracts";
import { DataSource } from "typeorm";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Issued } from "../src/certificates/domain/issued.ts";
import { issueAuthority, issueLeaf } from "../src/certificates/x509/issue.ts";
import { DomainsBench, HERE } from "./domains-bench.ts";
import { until } from "./platform.ts";

const DAY_MS = 86_400_000;
const MAIN = { organisation: "main", project: "main", environment: "production", app: "shop" };
const soon = (): AbortSignal => AbortSignal.timeout(20_000);

let bench: DomainsBench;
let dns: DomainsBench["dns"];
let pebble: DomainsBench["pebble"];
let orchestrator: DomainsBench["orchestrator"];
let gateway: DomainsBench["gateway"];
let admin: DomainsBench["admin"];
let authority: Issued;

beforeAll(async () => {
  bench = await DomainsBench.start("shop");
  ({ dns, pebble, orchestrator, gateway, admin } = bench);
  authority = await issueAuthority("example.com", new Date());
});
afterAll(() => bench[Symbol.asyncDispose]());

const at = (domain: string) => ({ parameters: { ...MAIN, domain }, signal: soon() });
const add = (domain: string) =>
  admin.call(endpoints.domains.add, { parameters: MAIN, body: { domain }, signal: soon() });
const upload = (domain: string, { chain, key }: Pick<Issued, "chain" | "key">, client = admin) =>
  client.call(endpoints.domains.upload, { ...at(domain), body: { certificate: chain, key } });
const withdraw = (domain: string): Promise<Domain> =>
  admin.call(endpoints.domains.withdraw, at(domain));
const query = (sql: string, values: readonly unknown[] = []): Promise<unknown> =>
  orchestrator.app.get(DataSource).query(sql, [...values]);
const shown = async (domain: string, ca = authority.chain): Promise<string | undefined> =>
  (await gateway.shown(domain, ca))?.serialNumber;
const isOurs = (domain: string) => until("ours is shown", () => shown(domain));

async function listed(domain: string): Promise<Domain["certificate"]> {
  const { items } = await admin.call(endpoints.domains.list, {
    parameters: MAIN,
    signal: soon(),
  });
  const found = items.find((one) => one.domain === domain);
  if (!found) throw new Error(`${domain} is not listed`);
  return found.certificate;
}

it("is served hot, listed with its end, replaced by the next, and taken away with its domain", async () => {
  const domain = "own.example.com";
  await add(domain);
  const first = await issueLeaf(authority, [domain], new Date());
  const { certificate } = await upload(domain, { ...first, chain: first.chain + authority.chain });
  expect(certificate).toEqual({
    state: "issued",
    source: "uploaded",
    notAfter: first.notAfter.toISOString(),
  });
  expect(await listed(domain)).toEqual(certificate);
  const serial = await isOurs(domain);
  await upload(domain, await issueLeaf(authority, [domain], new Date()));
  await until(
    "the next one is shown",
    async () => ![undefined, serial].includes(await shown(domain)),
  );
  await admin.call(endpoints.domains.remove, at(domain));
  await until("it is gone", async () => (await shown(domain)) === undefined);
  expect(await query("select name from certificates where source = 'uploaded'")).toEqual([]);
});

it("goes before a public one, which nobody asks for meanwhile, and which serves again without it", async () => {
  const domain = "both.example.com";
  dns.zone[domain] = { A: [HERE] };
  await add(domain);
  await until("the public one is there", async () => (await listed(domain)).state === "issued");
  const root = await pebble.root();
  await until("it is shown", () => shown(domain, root));
  // It ends sooner than the public one, and goes before it all the same.
  const issuedLongAgo = new Date(Date.now() - 60 * DAY_MS);
  await upload(domain, await issueLeaf(authority, [domain], issuedLongAgo));
  await isOurs(domain);
  const orders = () => pebble.output.split("/order-plz").length;
  const before = orders();
  await query("update domains set next_attempt_at = now() where domain = $1", [domain]);
  await query("select graphile_worker.add_job('domain-certificates')");
  await until("the job has looked at it", async () => {
    const rows = await query(
      "select 1 from domains where domain = $1 and next_attempt_at > now()",
      [domain],
    );
    return Array.isArray(rows) && rows.length === 1;
  });
  expect(orders()).toBe(before);
  expect((await withdraw(domain)).certificate).toMatchObject({ state: "issued", source: "acme" });
  await until("the public one is shown again", () => shown(domain, root));
  await expect(withdraw(domain)).rejects.toThrow(/has no certificate that was uploaded/);
  await admin.call(endpoints.domains.remove, at(domain));
});

it("is followed by a public one when it comes to its end", async () => {
  const domain = "ending.example.com";
  dns.zone[domain] = { A: [HERE] };
  await add(domain);
  await until("the public one is there", async () => (await listed(domain)).state === "issued");
  await withdrawn(domain);
  const almostOver = new Date(Date.now() - 84 * DAY_MS);
  await upload(domain, await issueLeaf(authority, [domain], almostOver));
  expect((await listed(domain)).reason).toMatch(/it ends soon/);
  await query("select graphile_worker.add_job('domain-certificates')");
  await until("a public one lies ready", async () => {
    const rows = await query("select 1 from certificates where name = $1", [`acme:${domain}`]);
    return Array.isArray(rows) && rows.length === 1;
  });
  // The owner's serves to its end.
  expect(await shown(domain)).toBeDefined();
  await admin.call(endpoints.domains.remove, at(domain));
});

/** As if the public one had never been. */
async function withdrawn(domain: string): Promise<void> {
  await query("delete from certificates where name = $1", [`acme:${domain}`]);
}

it("is refused whole where clients would not take it, and what was in use stays", async () => {
  const domain = "kept-own.example.com";
  await add(domain);
  const good = await issueLeaf(authority, [domain], new Date());
  await upload(domain, good);
  const serial = await isOurs(domain);
  const other = await issueLeaf(authority, ["other.example.com"], new Date());
  const old = await issueLeaf(authority, [domain], new Date(Date.now() - 100 * DAY_MS));
  const bad: [Pick<Issued, "chain" | "key">, RegExp][] = [
    [other, /not good for kept-own/],
    [{ ...good, key: other.key }, /is not that of the certificate/],
    [old, /expired at/],
    [{ ...good, chain: authority.chain + good.chain }, /wrong order/],
    [{ chain: "x", key: good.key }, /no certificate in PEM/],
    [{ chain: "x".repeat(100_001), key: good.key }, /certificate/],
    [{ chain: good.chain, key: "" }, /key/],
  ];
  for (const [given, why] of bad) await expect(upload(domain, given)).rejects.toThrow(why);
  expect(await shown(domain)).toBe(serial);
  expect((await listed(domain)).notAfter).toBe(good.notAfter.toISOString());
  await expect(upload("nobodys.example.com", good)).rejects.toThrow(/does not have the domain/);
  await admin.call(endpoints.domains.remove, at(domain));
});

it("is for those who may configure the app, and its key is never shown again", async () => {
  const domain = "sealed.example.com";
  await add(domain);
  const good = await issueLeaf(authority, [domain], new Date());
  for (const token of [
    orchestrator.tokens.member("main", "viewer"),
    orchestrator.tokens.member("rival", "owner"),
  ])
    await expect(upload(domain, good, orchestrator.client(token))).rejects.toThrow(
      /does not allow/,
    );
  await upload(domain, good);
  const bytes = good.key.split("\n")[1] ?? "";
  const seen = [
    ...orchestrator.log,
    gateway.output,
    JSON.stringify(await listed(domain)),
    JSON.stringify(await query("select c::text from certificates c")),
  ];
  for (const text of seen) {
    expect(text).not.toMatch(/PRIVATE KEY/);
    expect(text).not.toContain(bytes);
  }
  await admin.call(endpoints.domains.remove, at(domain));
});
