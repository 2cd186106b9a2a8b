import { acmeChallengeKey, certificateKey, routeKey } from "@bastide/contracts";
import { expect, it } from "vitest";
import { route } from "../table/route.fixture.ts";
import { parseEntry } from "./table-entry.ts";

const PEM = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
const certificate = {
  name: "acme:shop.example.org",
  hosts: ["shop.example.org"],
  chain: PEM,
  key: "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
  notBefore: "2026-01-01T00:00:00.000Z",
  notAfter: "2026-04-01T00:00:00.000Z",
  source: "acme",
};
const challenge = {
  kind: "http-01",
  token: "a-token",
  host: "shop.example.org",
  keyAuthorization: "a-token.thumbprint",
} as const;

it("takes each kind of entry under its own key only", () => {
  const valid = route("shop.localhost", [8080]);
  // As they came: what was applied is saved, and parsed again at the next start.
  expect(parseEntry(routeKey(valid), valid)).toEqual(valid);
  expect(parseEntry(certificateKey(certificate), certificate)).toEqual(certificate);
  expect(parseEntry(acmeChallengeKey(challenge), challenge)).toEqual(challenge);
  expect(() => parseEntry("route/other.localhost/", valid)).toThrow(/came under the key/);
  expect(() => parseEntry("certificate/other", certificate)).toThrow(/came under the key/);
  expect(() => parseEntry("acme-challenge/other", challenge)).toThrow(/came under the key/);
  expect(() => parseEntry(routeKey(valid), { ...valid, upstreams: [{}] })).toThrow(/upstreams/);
});

it("refuses a kind of key, and a field, that it does not know", () => {
  const valid = route("shop.localhost", [8080]);
  expect(() => parseEntry("firewall/a", {})).toThrow("does not know what is kept under");
  expect(() => parseEntry(routeKey(valid), { ...valid, unknown: 1 })).toThrow("unknown");
});

it("never says a private key when it refuses a certificate", () => {
  const wrong = { ...certificate, key: "secret-key", hosts: ["*.*.org"] };
  expect(() => parseEntry(certificateKey(certificate), wrong)).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining("secret-key") }),
  );
});
