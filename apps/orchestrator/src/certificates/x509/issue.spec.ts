import "reflect-metadata";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect, createServer } from "node:tls";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { issueAuthority, issueLeaf } from "./issue.ts";

const NOW = new Date();

/** What a client says that trusts `ca` alone and asks for `servername`. */
async function handshake(
  pair: { chain: string; key: string },
  servername: string,
  ca: string,
): Promise<string> {
  const server = createServer({ cert: pair.chain, key: pair.key });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const socket = connect({ host: "127.0.0.1", port, servername, ca });
  try {
    await once(socket, "secureConnect");
    return "authorized";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    socket.destroy();
    server.close();
  }
}

describe("the private authority", () => {
  it("issues certificates that a client takes which trusts it and nothing else", async () => {
    const authority = await issueAuthority("localhost", NOW);
    const leaf = await issueLeaf(authority, ["shop.localhost"], NOW);
    expect(await handshake(leaf, "shop.localhost", authority.chain)).toBe("authorized");
    expect(await handshake(leaf, "other.localhost", authority.chain)).toContain(
      "does not match certificate",
    );
    const stranger = await issueAuthority("localhost", NOW);
    expect(await handshake(leaf, "shop.localhost", stranger.chain)).not.toBe("authorized");
  });

  it("is good for its own domain only, whatever it signs", async () => {
    const authority = await issueAuthority("apps.example.org", NOW);
    for (const host of ["www.example.com", "example.org", "evilapps.example.org"])
      expect(
        await handshake(await issueLeaf(authority, [host], NOW), host, authority.chain),
      ).toContain("permitted subtree violation");
    const wildcard = await issueLeaf(authority, ["*.apps.example.org"], NOW);
    expect(await handshake(wildcard, "shop.apps.example.org", authority.chain)).toBe("authorized");
  });

  it("takes the longest base domain", async () => {
    const domain = `${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(60)}.test`;
    const authority = await issueAuthority(domain, NOW);
    const leaf = await issueLeaf(authority, [`shop.${domain}`], NOW);
    expect(await handshake(leaf, `shop.${domain}`, authority.chain)).toBe("authorized");
  });

  it("issues nothing that lives longer than itself, each with a key and a number of its own", async () => {
    const late = new Date(NOW.getTime() + 3_649 * 86_400_000);
    const authority = await issueAuthority("localhost", NOW);
    const [one, other] = [
      await issueLeaf(authority, ["a.localhost"], late),
      await issueLeaf(authority, ["a.localhost"], late),
    ];
    expect(one.notAfter).toEqual(authority.notAfter);
    const [first, second] = [new X509Certificate(one.chain), new X509Certificate(other.chain)];
    expect(first.serialNumber).not.toBe(second.serialNumber);
    expect(first.checkPrivateKey(createPrivateKey(one.key))).toBe(true);
    expect(first.checkPrivateKey(createPrivateKey(other.key))).toBe(false);
    expect(first.ca).toBe(false);
    expect(new X509Certificate(authority.chain).ca).toBe(true);
  });
});
