import { afterAll, beforeAll, expect, it } from "vitest";
import { DnsServer, type Zone } from "../../tools/testing/dns-server.ts";
import { Platform } from "../src/index.ts";
import { copyOf } from "./here.ts";

const APP = "e2e-domains";
const [FOUR, SIX] = ["203.0.113.5", "2001:db8::5"];
const WWW = "www.shop-e2e.example.com";
const ZONE = "shop-e2e.example.com";

let dns: DnsServer;
let own: Platform;
beforeAll(async () => {
  dns = await DnsServer.start();
  own = await Platform.start({
    baseDomain: "apps.test",
    environment: {
      BASTIDE_DNS_SERVERS: dns.address,
      BASTIDE_PUBLIC_ADDRESSES: `${FOUR},${SIX}`,
      BASTIDE_ACME_CAA: "letsencrypt.org",
      BASTIDE_ACME_AGREE: "no",
    },
  });
  await using source = await copyOf("static-site");
  await own.json(["deploy", source.path, "--app", APP]);
  await own.json(["domain", "add", WWW, "--app", APP]);
});
afterAll(() => own.destroy());

/** What is said of a domain whose DNS is this. */
async function checked(zone: Zone): Promise<{ code: number; lines: string[] }> {
  for (const name of Object.keys(dns.zone)) delete dns.zone[name];
  Object.assign(dns.zone, zone);
  const { code, stdout } = await own.cli(["domain", "check", WWW, "--app", APP]);
  return { code, lines: stdout.split("\n").map((line) => line.trim().replaceAll(/ +/g, " ")) };
}

const CHOICE = [`${WWW}. A ${FOUR}`, `${WWW}. AAAA ${SIX}`, `${WWW}. CNAME bastide.apps.test`];

it("is all well by either address, by both, or by an alias, and the exit code says so", async () => {
  const good: Zone[] = [
    { [WWW]: { A: [FOUR] } },
    { [WWW]: { AAAA: ["2001:db8:0:0:0:0:0:5"] } },
    { [WWW]: { A: [FOUR], AAAA: ["2001:db8:0:0:0:0:0:5"] } },
    { [WWW]: { CNAME: ["bastide.apps.test"] }, "bastide.apps.test": { A: [FOUR] } },
    { [WWW]: { A: [FOUR] }, [ZONE]: { CAA: ['0 issue "letsencrypt.org"'] } },
  ];
  for (const zone of good) {
    const { code, lines } = await checked(zone);
    expect([zone, code, lines.join("\n")]).toEqual([
      zone,
      0,
      expect.stringContaining(`${WWW} leads here. `),
    ]);
  }
});

it.each<[what: string, zone: Zone, said: string, records: string[]]>([
  ["no record", {}, `${WWW} has no address; write either the CNAME record, or the others`, CHOICE],
  [
    "records of other kinds alone",
    { [WWW]: { CAA: ['0 issue "letsencrypt.org"'] } },
    `${WWW} has no address; write either the CNAME record, or the others`,
    CHOICE,
  ],
  [
    "another's A",
    { [WWW]: { A: ["198.51.100.7"] } },
    `${WWW} points to 198.51.100.7, which is not this platform; replace that record by either the CNAME record, or the others`,
    [`${WWW}. A 198.51.100.7`, ...CHOICE],
  ],
  [
    "another's AAAA beside ours",
    { [WWW]: { A: [FOUR], AAAA: ["2001:db8:0:0:0:0:0:bad"] } },
    `${WWW} also points to 2001:db8::bad, which is not this platform; replace that record by either the CNAME record, or the others`,
    [`${WWW}. AAAA 2001:db8::bad`, ...CHOICE],
  ],
  [
    "an alias for nothing",
    { [WWW]: { CNAME: ["gone.example.net"] } },
    `${WWW} is an alias for gone.example.net, which has no address; write either the CNAME record, or the others`,
    [`${WWW}. CNAME gone.example.net`, ...CHOICE],
  ],
  [
    "CAA records for others only",
    { [WWW]: { A: [FOUR] }, [ZONE]: { CAA: ['0 issue "other.test"'] } },
    `the CAA records at ${ZONE} do not allow letsencrypt.org to issue certificates for ${WWW}; add this one`,
    [`${ZONE}. CAA 0 issue "other.test"`, `${ZONE}. CAA 0 issue "letsencrypt.org"`],
  ],
  [
    "CAA records that forbid everybody",
    { [WWW]: { A: [FOUR], CAA: ['0 issue ";"'] } },
    `the CAA records at ${WWW} do not allow letsencrypt.org to issue certificates for ${WWW}; add this one`,
    [`${WWW}. CAA 0 issue "letsencrypt.org"`],
  ],
  [
    "a critical CAA record that nobody knows",
    { [WWW]: { A: [FOUR], CAA: ['128 future "x"'] } },
    `a CAA record at ${WWW} has the critical tag "future", which authorities must refuse; remove it`,
    [],
  ],
])("names what is missing or in the way: %s", async (_, zone, said, records) => {
  const { code, lines } = await checked(zone);
  expect(code).toBe(8);
  expect(lines).toEqual(expect.arrayContaining([said, ...records]));
  expect(lines).toContain(`Then: bastide domain check ${WWW}`);
});

it("refuses a wildcard, since nobody could prove it, and says what to do instead", async () => {
  const { code, stderr } = await own.cli(["domain", "add", `*.${ZONE}`, "--app", APP]);
  expect(code).not.toBe(0);
  expect(stderr).toContain(`*.${ZONE} is a wildcard`);
  expect(stderr).toContain("DNS-01");
  expect(stderr).toContain("Add each name that you need");
});

it("says when the DNS itself cannot be asked", async () => {
  await dns[Symbol.asyncDispose]();
  const { code, stdout } = await own.cli(["domain", "check", WWW, "--app", APP]);
  expect([code, stdout]).toEqual([
    8,
    expect.stringContaining(`the DNS could not be asked about ${WWW}: `),
  ]);
});
