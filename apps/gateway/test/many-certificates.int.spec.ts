import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LastKnownGood, sealingWith } from "@bastide/config-stream";
import { expect, it } from "vitest";
import { type EntryChange, parseEntry } from "../src/control/entry.ts";
import { route } from "../src/table/route.fixture.ts";
import { SecureContexts } from "../src/tls/secure-contexts.ts";
import { TlsState } from "../src/tls/tls-state.ts";
import { TestAuthority } from "./harness/certificates.ts";
import { HttpsClient } from "./harness/https-client.ts";
import { httpApp } from "./harness/sockets.ts";
import { TestGateway } from "./harness/test-gateway.ts";

const MANY = 50_000;

it("50,000 certificates come into force at a start without one being opened; handshakes open those that are asked for, and keep the last ones", async () => {
  const directory = await mkdtemp(join(tmpdir(), "bastide-certificates-"));
  try {
    const authority = await TestAuthority.make("many");
    const one = await authority.certificate(["host.test"]);
    const saved = new LastKnownGood(directory, sealingWith(randomBytes(32)));
    const entries = new Map<string, unknown>();
    // Of the same size and form as real ones: what is measured does not look into them.
    for (let i = 0; i < MANY; i++) {
      const name = `private-ca:host${i}.test`;
      entries.set(`certificate/${name}`, { ...one, name, hosts: [`host${i}.test`] });
    }
    const history = "01990000-0000-7000-8000-000000000001";
    await saved.save({ version: { history, epoch: 1, sequence: 1 }, entries });
    const tls = new TlsState(Date.now);
    const loaded = await saved.load();
    const changes = Array.from(
      loaded?.entries ?? [],
      ([key, value]) => [key, parseEntry(key, value)] as const,
    );
    const prepared = tls.prepare(changes, true);
    if (prepared) tls.commit(prepared);
    expect(tls.certificates.size).toBe(MANY);
    const contexts = new SecureContexts(100);
    for (let i = 0; i < 300; i++) {
      const certificate = tls.find(`host${i}.test`);
      if (certificate) contexts.of(certificate);
    }
    expect(contexts.size).toBe(100);
  } finally {
    await rm(directory, { recursive: true });
  }
});

it("a certificate is opened by the first handshake that asks for it, and by no other: unreadable ones harm nobody else", async () => {
  const authority = await TestAuthority.make("lazy");
  await using app = await httpApp((_, response) => response.end("ok"));
  const good = await authority.certificate(["good.test"]);
  await using gateway = await TestGateway.startSecure([route("good.test", [app.port])], {
    certificates: [good],
  });
  // Opening one of these throws. They come into force behind the check that keeps such certificates out.
  const unreadable = Array.from({ length: 2_000 }, (_, i): EntryChange => {
    const name = `private-ca:host${i}.test`;
    return [`certificate/${name}`, { ...good, name, hosts: [`host${i}.test`], chain: "none" }];
  });
  const prepared = gateway.tls.prepare(unreadable, false);
  if (prepared) gateway.tls.commit(prepared);
  expect(gateway.tls.certificates.size).toBe(2_001);
  const client = new HttpsClient(gateway.httpsPort, authority.pem);
  expect((await client.fetch("good.test")).body).toBe("ok");
  for (const host of ["host0.test", "host1999.test"])
    expect(await client.shown(host)).toBe("ECONNRESET");
  expect((await client.fetch("good.test")).body).toBe("ok");
});
