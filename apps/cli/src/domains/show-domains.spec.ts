import type { CheckedDomain, DomainCheck } from "@bastide/contracts";
import { describe, expect, it } from "vitest";
import { checkText } from "./show-domains.ts";

const DOMAIN = "www.example.org";
const A = { type: "A", name: DOMAIN, value: "192.0.2.1" } as const;
const AAAA = { type: "AAAA", name: DOMAIN, value: "2001:db8::1" } as const;

const textOf = (
  check: Partial<DomainCheck>,
  state: CheckedDomain["certificate"]["state"] = "waiting",
): string =>
  checkText({
    domain: DOMAIN,
    app: "shop",
    environment: "production",
    createdAt: "2026-01-01T00:00:00.000Z",
    certificate: { state },
    check: { ok: false, checkedAt: "2026-01-01T00:00:00.000Z", found: [], problems: [], ...check },
  });

describe("a domain's check in words", () => {
  it("names each record to be written, below what is wrong", () => {
    const problems = [
      { message: `${DOMAIN} has no address; write these records`, records: [A, AAAA] },
    ];
    expect(textOf({ problems })).toBe(
      [
        `${DOMAIN} has no address; write these records`,
        "",
        `  ${DOMAIN}.  A     192.0.2.1`,
        `  ${DOMAIN}.  AAAA  2001:db8::1`,
        "",
        `Then: bastide domain check ${DOMAIN}`,
      ].join("\n"),
    );
  });

  it("shows what the DNS has before what it should have", () => {
    const elsewhere = { ...A, value: "198.51.100.7" };
    const message = `${DOMAIN} points to 198.51.100.7, which is not this platform; replace that record by this record`;
    expect(textOf({ found: [elsewhere], problems: [{ message, records: [A] }] })).toBe(
      [
        "The DNS has:",
        `  ${DOMAIN}.  A  198.51.100.7`,
        "",
        message,
        "",
        `  ${DOMAIN}.  A  192.0.2.1`,
        "",
        `Then: bastide domain check ${DOMAIN}`,
      ].join("\n"),
    );
  });

  it("says each of several problems, those without a record too", () => {
    const caa = { type: "CAA", name: "example.org", value: '0 issue "letsencrypt.org"' } as const;
    const text = textOf({
      problems: [
        { message: "a CAA record has a critical tag; remove it", records: [] },
        { message: "the CAA records do not allow it; add this one", records: [caa] },
      ],
    });
    expect(text.split("\n")).toEqual([
      "a CAA record has a critical tag; remove it",
      "",
      "the CAA records do not allow it; add this one",
      "",
      '  example.org.  CAA  0 issue "letsencrypt.org"',
      "",
      `Then: bastide domain check ${DOMAIN}`,
    ]);
  });

  it.each([
    ["issued", "Its certificate is in use."],
    ["pending", "Its certificate has been asked for"],
    ["failed", "Its certificate is asked for again"],
    ["off", "No certificate is asked for"],
  ] as const)("says of one that leads here how its certificate is: %s", (state, said) => {
    expect(textOf({ ok: true, found: [A] }, state)).toContain(`${DOMAIN} leads here. ${said}`);
  });
});
