import { acmeChallengeKey, certificateKey, routeKey } from "@bastide/contracts";
import { expect, it } from "vitest";
import { route } from "../table/route.fixture.ts";
import { parseEntry } from "./entry.ts";

const valid = route("shop.localhost", [8080]);
const key = routeKey(valid);

it("takes a route under its own key only", () => {
  expect(parseEntry(key, valid)).toEqual(valid);
  expect(() => parseEntry("route/other.localhost/", valid)).toThrow(/came under the key/);
  expect(() => parseEntry(key, { ...valid, upstreams: [{}] })).toThrow(/upstreams/);
});

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

it("takes certificates and challenges under their own keys only, as they came", () => {
  expect(parseEntry(certificateKey(certificate), certificate)).toEqual(certificate);
  expect(parseEntry(acmeChallengeKey(challenge), challenge)).toEqual(challenge);
  expect(() => parseEntry("certificate/other", certificate)).toThrow(/came under the key/);
  expect(() => parseEntry("acme-challenge/other", challenge)).toThrow(/came under the key/);
});

it("never says a private key when it refuses a certificate", () => {
  const wrong = { ...certificate, key: "secret-key", hosts: ["*.*.org"] };
  expect(() => parseEntry(certificateKey(certificate), wrong)).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining("secret-key") }),
  );
});

it("refuses what a newer control plane says and this one does not know", () => {
  expect(() => parseEntry(key, { ...valid, unknown: 1 })).toThrow(/unknown/);
});

it.each(["future/x", "constructor/x", "route", ""])("refuses the kind of %s", (strange) => {
  expect(() => parseEntry(strange, valid)).toThrow(/kind that this gateway does not know/);
});
