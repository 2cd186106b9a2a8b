import { endpoints } from "@bastide/contracts";
import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TestPlatform, until } from "./platform.ts";

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start();
});
afterAll(() => platform[Symbol.asyncDispose]());

const soon = (): AbortSignal => AbortSignal.timeout(20_000);
const held = (host: string) => platform.gateway.certificates.get(`certificate/private-ca:${host}`);
const serialOf = (host: string): string =>
  new X509Certificate(held(host)?.chain ?? "").serialNumber;
const authority = () =>
  platform.admin.call(endpoints.platform.certificateAuthority, { signal: soon() });

it("gives the platform's host a certificate before the first gateway asks, and each app's host one with its route", async () => {
  await until("the platform's", () => held("bastide.localhost"));
  expect(held("bastide.localhost")).toMatchObject({ isDefault: true, source: "private-ca" });
  const shop = await platform.app();
  await shop.deploy();
  const certificate = await until("the app's", () => held(shop.host));
  const { certificate: root, fingerprint } = await authority();
  const leaf = new X509Certificate(certificate.chain);
  expect(leaf.verify(new X509Certificate(root).publicKey)).toBe(true);
  expect(new X509Certificate(root).fingerprint256).toBe(fingerprint);
  await shop.admin.call(endpoints.apps.delete, { parameters: shop.names, signal: soon() });
  await until("it is gone with the app", () => !held(shop.host));
});

it("keeps authority and certificates over a restart", async () => {
  const shop = await platform.app();
  await shop.deploy();
  await until("the app's", () => held(shop.host));
  const before = [(await authority()).fingerprint, serialOf(shop.host)];
  await platform.orchestrator.restart();
  const after = await until("the authority answers", async () => [
    (await authority()).fingerprint,
    serialOf(shop.host),
  ]);
  expect(after).toEqual(before);
});

it("renews a certificate when that is due", async () => {
  const before = serialOf("bastide.localhost");
  await platform.query(
    "update certificates set renew_at = now() - interval '1 minute' where name = 'private-ca:bastide.localhost'",
  );
  await platform.orchestrator.restart();
  await until("another one", () => serialOf("bastide.localhost") !== before);
  expect(Date.parse(held("bastide.localhost")?.notAfter ?? "")).toBeGreaterThan(Date.now());
});

it("tells the authority to any user, so that whoever uses an app may trust it, and to nobody without a token", async () => {
  const { orchestrator } = platform;
  const member = orchestrator.client(orchestrator.tokens.member("main", "viewer"));
  const { domain } = await member.call(endpoints.platform.certificateAuthority, { signal: soon() });
  expect(domain).toBe("localhost");
  const stranger = orchestrator.client(orchestrator.tokens.foreign);
  await expect(
    stranger.call(endpoints.platform.certificateAuthority, { signal: soon() }),
  ).rejects.toThrow(/token/);
});
