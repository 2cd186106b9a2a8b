import fc from "fast-check";
import { expect, it } from "vitest";
import { areRelated, NotADomain, readDomain } from "./claim.ts";

/** As `domainToASCII` of node:url, by the same code: the URL parser's. */
function toAscii(name: string): string {
  if (name.includes(":")) return "";
  const url = URL.parse(`ws://${name}`);
  return url?.host === url?.hostname && url?.pathname === "/" ? (url?.hostname ?? "") : "";
}

const read = (text: string) => readDomain(text, "apps.example.org", toAscii);

/** The domain, or the refusal; anything else is thrown. */
function outcomeOf(text: string): string {
  try {
    return read(text);
  } catch (error) {
    if (error instanceof NotADomain) return "refused";
    throw error;
  }
}

it("keeps a name in lower case, in A-labels and without its trailing dot", () => {
  expect(read(" WWW.Example.COM. ")).toBe("www.example.com");
  expect(read("bücher.example.com")).toBe("xn--bcher-kva.example.com");
});

it.each([
  ["a wildcard, with the reason", "*.example.com", /DNS-01/],
  ["the base domain", "apps.example.org", /belongs to the platform/],
  ["what is below it", "a.b.apps.example.org", /belongs to the platform/],
  ["an address", "10.0.0.1", /is an address/],
  ["an address of version 6", "[::1]", /is not a host name/],
  ["a single label", "intranet", /single label/],
  ["a name without public DNS", "x.internal", /no public DNS/],
  ["a URL", "https://example.com/", /is not a host name/],
  ["a port", "example.com:80", /is not a host name/],
  ["an empty label", "a..example.com", /is not a host name/],
  ["an underscore", "_acme.example.com", /is not a host name/],
  ["nothing", "  ", /is not a host name/],
])("refuses %s", (_, text, why) => {
  expect(() => read(text)).toThrow(why);
});

it("gives a host name or refuses, whatever it is given", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (text) => {
      expect(outcomeOf(text)).toMatch(/^(?:refused|[a-z0-9-]+(?:\.[a-z0-9-]+)+)$/);
    }),
  );
});

it("knows which domains are above or below each other, by whole labels", () => {
  expect(areRelated("example.com", "www.example.com")).toBe(true);
  expect(areRelated("www.example.com", "example.com")).toBe(true);
  expect(areRelated("example.com", "badexample.com")).toBe(false);
});
