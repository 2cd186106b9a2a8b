import { describe, expect, it } from "vitest";
import { checkRecords, type DnsFacts, type Expected } from "./check-records.ts";

const DOMAIN = "www.example.com";
const NOW = new Date("2026-01-01T00:00:00Z");
const expected: Expected = {
  addresses: ["192.0.2.1", "2001:db8::1"],
  host: "bastide.apps.example.org",
  caaIdentities: ["letsencrypt.org"],
};
const facts = (more: Partial<DnsFacts>): DnsFacts => ({
  addresses: ["192.0.2.1"],
  alias: undefined,
  caa: [],
  failure: undefined,
  ...more,
});
const check = (more: Partial<DnsFacts>, where: Expected = expected) =>
  checkRecords(DOMAIN, facts(more), where, NOW);
const caa = (tag: string, value: string, isCritical = false) => ({
  name: "example.com",
  tag,
  value,
  isCritical,
});

describe("addresses", () => {
  it("may be all of the gateway's, or some of them, also by an alias", () => {
    for (const addresses of [["192.0.2.1"], ["2001:db8::1"], ["192.0.2.1", "2001:db8::1"]])
      expect(check({ addresses })).toMatchObject({ ok: true, problems: [] });
    expect(check({ alias: "bastide.apps.example.org" }).ok).toBe(true);
  });

  it("that are missing come with each record that would do", () => {
    expect(check({ addresses: [] }).problems).toEqual([
      {
        message: `${DOMAIN} has no address; write either the CNAME record, or the others`,
        records: [
          { type: "A", name: DOMAIN, value: "192.0.2.1" },
          { type: "AAAA", name: DOMAIN, value: "2001:db8::1" },
          { type: "CNAME", name: DOMAIN, value: "bastide.apps.example.org" },
        ],
      },
    ]);
  });

  it("that lead elsewhere are named, and those among right ones too: some clients would go there", () => {
    expect(check({ addresses: ["198.51.100.7"] }).problems[0]?.message).toContain(
      "points to 198.51.100.7, which is not this platform",
    );
    const mixed = check({ addresses: ["192.0.2.1", "2001:db8::bad"] });
    expect(mixed.ok).toBe(false);
    expect(mixed.problems[0]?.message).toContain("also points to 2001:db8::bad");
  });

  it("name an alias that leads nowhere", () => {
    const { problems, found } = check({ addresses: [], alias: "gone.example.net" });
    expect(problems[0]?.message).toContain("is an alias for gone.example.net");
    expect(found).toEqual([{ type: "CNAME", name: DOMAIN, value: "gone.example.net" }]);
  });

  it("cannot be right while the gateway is on the loopback interface, or the DNS is silent", () => {
    expect(check({}, { ...expected, addresses: [] }).problems[0]?.message).toContain("--listen");
    const silent = check({ addresses: [], failure: "queryA ETIMEOUT" });
    expect(silent.problems[0]?.message).toContain("could not be asked");
  });
});

describe("CAA records", () => {
  it("let anybody issue when there is none that says who may", () => {
    expect(check({ caa: [caa("iodef", "mailto:a@example.com")] }).ok).toBe(true);
  });

  it("let our authority issue when one names it, with parameters or without, in any case", () => {
    for (const value of ["letsencrypt.org", " LetsEncrypt.org ; validationmethods=http-01"])
      expect(check({ caa: [caa("issue", "other.test"), caa("issue", value)] }).ok).toBe(true);
  });

  it("that name others only, or nobody, come with the one that is missing", () => {
    for (const value of ["other.test", ";"])
      expect(check({ caa: [caa("issue", value)] }).problems).toMatchObject([
        { records: [{ type: "CAA", name: "example.com", value: '0 issue "letsencrypt.org"' }] },
      ]);
  });

  it("with a critical tag that nobody knows forbid every authority", () => {
    expect(check({ caa: [caa("future", "x", true)] }).problems[0]?.message).toContain("critical");
  });
});
