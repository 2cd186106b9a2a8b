import { describe, expect, it } from "vitest";
import { admit, type AdmissionContext, misdirected, type SecureConnection } from "./admission.ts";

const identity = { subject: "CN=robot", fingerprint: "00" };
const connection = (more: Partial<SecureConnection> = {}): SecureConnection => ({
  serverName: "shop.test",
  covers: (host) => host.endsWith(".test"),
  proof: { kind: "none" },
  isIssuedBy: () => false,
  ...more,
});
const context = (more: Partial<AdmissionContext> = {}): AdmissionContext => ({
  settings: undefined,
  hasPublicCertificate: false,
  httpsPort: 8443,
  ...more,
});
const plain = { host: "shop.test", target: "/a?b=1", connection: undefined };
const redirect = { kind: "redirect", location: "https://shop.test:8443/a?b=1" };
const refused = (kind: string) => ({ kind: "refused", refusal: { kind } });

describe("plain HTTP", () => {
  it("is let in where the host has no public certificate, and redirected where it has one", () => {
    expect(admit(plain, context())).toEqual({ kind: "admitted" });
    expect(admit(plain, context({ hasPublicCertificate: true }))).toEqual(redirect);
  });

  it("is what the route says, whatever certificate there is", () => {
    const asSaid = (https: "allow" | "redirect" | "only", hasPublicCertificate: boolean) =>
      admit(plain, context({ settings: { https }, hasPublicCertificate }));
    expect(asSaid("allow", true)).toEqual({ kind: "admitted" });
    expect(asSaid("redirect", false)).toEqual(redirect);
    expect(asSaid("only", true)).toMatchObject(refused("https-only"));
  });

  it("is redirected to the usual port without saying it", () => {
    const usual = admit(plain, context({ settings: { https: "redirect" }, httpsPort: 443 }));
    expect(usual).toMatchObject({ location: "https://shop.test/a?b=1" });
  });

  it("never reaches a route that asks for a client certificate", () => {
    const settings = { clientAuthorities: "PEM" };
    expect(admit(plain, context({ settings }))).toEqual(redirect);
    expect(admit(plain, context({ settings: { ...settings, https: "allow" } }))).toMatchObject(
      refused("https-only"),
    );
    expect(admit(plain, context({ settings, httpsPort: undefined }))).toMatchObject(
      refused("https-only"),
    );
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
  const settings = { clientAuthorities: "PEM" };
  const ask = (more: Partial<SecureConnection>, host = "shop.test") =>
    admit({ host, target: "/", connection: connection(more) }, context({ settings }));

  it("lets in who proved one of its authorities, and says who", () => {
    const proof = { kind: "verified", identity, chain: [] } as const;
    expect(ask({ proof, isIssuedBy: (pem) => pem === "PEM" })).toEqual({
      kind: "admitted",
      client: identity,
    });
    expect(ask({ proof, isIssuedBy: () => false })).toMatchObject(refused("client-certificate"));
  });

  it("refuses no certificate, and one that was not verified, with the reason", () => {
    expect(ask({})).toMatchObject(refused("client-certificate"));
    const proof = { kind: "unverified", reason: "CERT_HAS_EXPIRED" } as const;
    expect(ask({ proof, isIssuedBy: () => true })).toMatchObject({
      refusal: { kind: "client-certificate", detail: expect.stringContaining("CERT_HAS_EXPIRED") },
    });
  });

  it("sends a connection that was made for another host back to make its own", () => {
    expect(ask({}, "other.test")).toMatchObject(refused("misdirected"));
  });
});
