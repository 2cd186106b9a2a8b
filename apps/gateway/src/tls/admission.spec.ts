import type { RouteSettings } from "@bastide/contracts";
import { describe, expect, it } from "vitest";
import {
  type HttpsFacts,
  misdirected,
  overConnection,
  type SecureConnection,
} from "./admission.ts";

const identity = { subject: "CN=robot", fingerprint: "00" };
const connection = (more: Partial<SecureConnection> = {}): SecureConnection => ({
  serverName: "shop.test",
  covers: (host) => host.endsWith(".test"),
  proof: { kind: "none" },
  isIssuedBy: () => false,
  ...more,
});
const facts = (hasPublic = false, port: number | undefined = 8443): HttpsFacts => ({
  hasPublic: () => hasPublic,
  port: () => port,
});
const NO_HTTPS: HttpsFacts = { hasPublic: () => false, port: () => undefined };
const plain = { host: "shop.test", target: "/a?b=1", connection: undefined };
const redirect = { kind: "redirect", headers: { location: "https://shop.test:8443/a?b=1" } };

describe("plain HTTP", () => {
  it("is let in where the host has no public certificate, and redirected where it has one", () => {
    expect(overConnection(plain, {}, facts())).toBeUndefined();
    expect(overConnection(plain, {}, facts(true))).toMatchObject(redirect);
  });

  it("is what the route says, whatever certificate there is", () => {
    const asSaid = (https: "allow" | "redirect" | "only", hasPublic: boolean) =>
      overConnection(plain, { https }, facts(hasPublic));
    expect(asSaid("allow", true)).toBeUndefined();
    expect(asSaid("redirect", false)).toMatchObject(redirect);
    expect(asSaid("only", true)).toMatchObject({ kind: "https-only" });
  });

  it("is redirected to the usual port without saying it", () => {
    const usual = overConnection(plain, { https: "redirect" }, facts(false, 443));
    expect(usual).toMatchObject({ headers: { location: "https://shop.test/a?b=1" } });
  });

  it("never reaches a route that asks for a client certificate", () => {
    const settings: RouteSettings = { clientAuthorities: "PEM" };
    expect(overConnection(plain, settings, facts())).toMatchObject(redirect);
    expect(overConnection(plain, { ...settings, https: "allow" }, facts())).toMatchObject({
      kind: "https-only",
    });
    expect(overConnection(plain, settings, NO_HTTPS)).toMatchObject({ kind: "https-only" });
  });
});

describe("a connection", () => {
  it("is for the host it named, and for others that its certificate is good for", () => {
    const asked = (host: string) => ({ host, target: "/", connection: connection() });
    expect(misdirected(asked("shop.test"))).toBeUndefined();
    expect(misdirected(asked("other.test"))).toBeUndefined();
    expect(misdirected(asked("other.example"))).toMatchObject({ kind: "misdirected" });
    expect(misdirected({ host: "x", target: "/", connection: undefined })).toBeUndefined();
  });
});

describe("a route that asks for a client certificate", () => {
  const ask = (more: Partial<SecureConnection>, host = "shop.test") =>
    overConnection(
      { host, target: "/", connection: connection(more) },
      { clientAuthorities: "PEM" },
      facts(),
    );

  it("lets in who proved one of its authorities, and says who", () => {
    const proof = { kind: "verified", identity, chain: [] } as const;
    expect(ask({ proof, isIssuedBy: (pem) => pem === "PEM" })).toEqual({ client: identity });
    expect(ask({ proof, isIssuedBy: () => false })).toMatchObject({ kind: "client-certificate" });
  });

  it("refuses no certificate, and one that was not verified, with the reason", () => {
    expect(ask({})).toMatchObject({ kind: "client-certificate" });
    const proof = { kind: "unverified", reason: "CERT_HAS_EXPIRED" } as const;
    expect(ask({ proof, isIssuedBy: () => true })).toMatchObject({
      kind: "client-certificate",
      detail: expect.stringContaining("CERT_HAS_EXPIRED"),
    });
  });

  it("sends a connection that was made for another host back to make its own", () => {
    expect(ask({}, "other.test")).toMatchObject({ kind: "misdirected" });
  });
});
