import { generateKeyPairSync } from "node:crypto";
import {
  ApiClient,
  endpoints,
  nodeIdentityEndpoints,
  type NodeIdentity,
  readJoinTicket,
  StreamMessage,
} from "@bastide/contracts";
import { fetchAuthority, type Peer, peerOf, prove, secureFetch } from "@bastide/peer-tls";
import { X509Certificate } from "node:crypto";
import { DataSource } from "typeorm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TokenIssuer } from "../src/authorization/token-issuer.ts";
import { CONTROL_MODULES } from "../src/control-modules.ts";
import { NodeAuthority } from "../src/node-identity/node-authority.ts";
import { NodesListener } from "../src/node-identity/nodes-listener.ts";
import { startOrchestrator, type TestOrchestrator } from "./orchestrator.ts";
import { signal } from "./platform.ts";

let orchestrator: TestOrchestrator;
let port = 0;
beforeAll(async () => {
  orchestrator = await startOrchestrator(CONTROL_MODULES, {
    nodesListen: { host: "127.0.0.1", port: 0 },
  });
  port = (await orchestrator.app.get(NodesListener).listen()) ?? 0;
});
afterAll(() => orchestrator[Symbol.asyncDispose]());

function newKey() {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    own: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    shown: publicKey.export({ type: "spki", format: "pem" }).toString(),
  };
}

const admin = (): ApiClient => orchestrator.client(orchestrator.tokens.admin);

async function joinToken(node?: string) {
  const body = node === undefined ? {} : { node };
  const { token } = await admin().call(endpoints.nodes.joinToken, { body, signal });
  const ticket = readJoinTicket(token);
  if (!ticket) throw new Error(`${token} is no ticket`);
  return ticket;
}

/** By TLS, as from another machine. */
const outside = (token: string, authority: string): ApiClient =>
  new ApiClient({
    baseUrl: `https://127.0.0.1:${port}`,
    token: () => token,
    fetch: secureFetch({ peer: { kind: "control" }, authority: () => authority }),
  });

async function join(
  name: string,
  ticket: { fingerprint: string; token: string },
  key = newKey(),
): Promise<NodeIdentity> {
  const authority = await fetchAuthority("127.0.0.1", port, ticket.fingerprint, signal);
  const proof = prove({ kind: "join", token: ticket.token, node: name }, key.own);
  return outside(ticket.token, authority).call(endpoints.nodes.join, {
    body: { name, publicKey: key.shown, proof },
    signal,
  });
}

const beat = (name: string, { token, authority }: NodeIdentity): Promise<unknown> =>
  outside(token, authority).call(endpoints.nodes.heartbeat, {
    parameters: { node: name },
    body: { incarnation: 1, clock: new Date().toISOString() },
    signal,
  });

async function renew(
  name: string,
  { authority }: NodeIdentity,
  key: { own: string },
): Promise<NodeIdentity> {
  const client = outside("ended", authority);
  const parameters = { node: name };
  const { challenge } = await client.call(nodeIdentityEndpoints.challenge, { parameters, signal });
  const proof = prove({ kind: "renew", challenge, node: name }, key.own);
  const body = { challenge, proof };
  const renewed = await client.call(nodeIdentityEndpoints.renew, { parameters, body, signal });
  await expect(
    client.call(nodeIdentityEndpoints.renew, { parameters, body, signal }),
  ).rejects.toThrow(/its challenge is over/);
  return renewed;
}

describe("joining", () => {
  it("gives a node a token for its own work and a certificate for its own name", async () => {
    const identity = await join("alpha", await joinToken());
    await beat("alpha", identity);
    await expect(beat("beta", identity)).rejects.toThrow(/does not allow "serve-node"/);
    const client = outside(identity.token, identity.authority);
    await expect(client.call(endpoints.nodes.list, { signal })).rejects.toThrow(/"operate"/);
    const certificate = new X509Certificate(identity.certificate);
    expect(peerOf({ subjectaltname: certificate.subjectAltName ?? "" })).toEqual({
      kind: "node",
      name: "alpha",
    });
    expect(certificate.verify(new X509Certificate(identity.authority).publicKey)).toBe(true);
  });

  it("takes a token once, also of two that come together", async () => {
    const ticket = await joinToken();
    const both = await Promise.allSettled([join("once-a", ticket), join("once-b", ticket)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    await expect(join("once-c", ticket)).rejects.toThrow(
      /was used already, by "once-[ab]" at .* bastide node join-token/,
    );
  });

  it("keeps of a token only its digest", async () => {
    const { token } = await joinToken();
    const rows = await orchestrator.app.get(DataSource).query("select * from node_join_tokens");
    expect(JSON.stringify(rows)).not.toContain(token);
    expect(orchestrator.log.join("\n")).not.toContain(token);
  });

  it("refuses a token whose time is over, and says when it ended", async () => {
    const ticket = await joinToken();
    await orchestrator.app
      .get(DataSource)
      .query(
        "update node_join_tokens set expires_at = now() - interval '1 s' where used_at is null",
      );
    await expect(join("late", ticket)).rejects.toThrow(/ended at .*Z; ask an operator for another/);
    const { fingerprint } = ticket;
    const token = orchestrator.app.get(TokenIssuer).join("x", new Date(Date.now() - 1_000));
    await expect(join("late", { fingerprint, token })).rejects.toThrow(/expired/);
  });

  it("refuses the name of another node, and the token is still good for a free one", async () => {
    const key = newKey();
    const first = await join("gamma", await joinToken(), key);
    const ticket = await joinToken();
    await expect(join("gamma", ticket)).rejects.toThrow(/there is a node "gamma" already/);
    // Whose name it is, is served as before: by what it has, and by its key.
    await beat("gamma", first);
    await beat("gamma", await renew("gamma", first, key));
    await expect(join("n1", ticket)).rejects.toThrow(/there is a node "n1" already/);
    await join("delta", ticket);
  });

  it("refuses a proof by another key, and a key of another kind", async () => {
    const ticket = await joinToken();
    const [one, other] = [newKey(), newKey()];
    await expect(join("eve", ticket, { own: one.own, shown: other.shown })).rejects.toThrow(
      /the proof is not by the key/,
    );
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
    const wrong = {
      own: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      shown: publicKey.export({ type: "spki", format: "pem" }).toString(),
    };
    await expect(join("eve", ticket, wrong)).rejects.toThrow(/not a key on P-256/);
  });

  it("is not taken in by another server: the fingerprint in the token decides", async () => {
    await expect(fetchAuthority("127.0.0.1", port, "A".repeat(43), signal)).rejects.toThrow(
      /another fingerprint/,
    );
  });
});

describe("a node that lost its directory", () => {
  it("joins again by a token of its own name, and what it had before is shut out", async () => {
    const before = await join("omega", await joinToken());
    await beat("omega", before);
    await expect(join("sigma", await joinToken("omega"))).rejects.toThrow(
      /is for a node called "omega", not "sigma"/,
    );
    const after = await join("omega", await joinToken("omega"));
    await beat("omega", after);
    await expect(beat("omega", before)).rejects.toThrow(/token is not valid here/);
  });
});

describe("renewal", () => {
  it("needs the node's key and nothing else, and works once for each challenge", async () => {
    const key = newKey();
    const identity = await join("kappa", await joinToken(), key);
    const renewed = await renew("kappa", identity, key);
    expect(renewed.token).not.toBe(identity.token);
    await beat("kappa", renewed);
    await expect(renew("kappa", identity, newKey())).rejects.toThrow(/not by the key of the node/);
    await expect(renew("nobody", identity, key)).rejects.toThrow(/no node called "nobody"/);
  });

  it("is over for a node that was removed, and so are its tokens", async () => {
    const key = newKey();
    const identity = await join("tau", await joinToken(), key);
    const renewed = await renew("tau", identity, key);
    const parameters = { node: "tau" };
    await admin().call(endpoints.nodes.remove, { parameters, signal });
    await expect(beat("tau", renewed)).rejects.toThrow(/token is not valid here/);
    await expect(beat("tau", identity)).rejects.toThrow(/token is not valid here/);
    await expect(renew("tau", identity, key)).rejects.toThrow(/or it was removed/);
  });
});

it("a gateway on another machine gets its table by its own certificate and its own token, and by nothing less", async () => {
  const nodes = orchestrator.app.get(NodeAuthority);
  const table = async (certificate: Peer | undefined, token: string) => {
    const own = certificate && (await nodes.issue(certificate));
    const client = new ApiClient({
      baseUrl: `https://127.0.0.1:${port}`,
      token: () => token,
      fetch: secureFetch({
        peer: { kind: "control" },
        authority: () => nodes.certificate,
        ...(own ? { own: () => own } : {}),
      }),
    });
    const parameters = { gateway: "n2" };
    const lines = client.lines(endpoints.gateways.table, StreamMessage, { parameters, signal });
    for await (const { type } of lines) return type;
    return undefined;
  };
  const token = orchestrator.tokens.gateway("n2");
  expect(await table({ kind: "gateway", name: "n2" }, token)).toBe("snapshot");
  const refused = /only the gateway n2 gets its table here/;
  await expect(table(undefined, token)).rejects.toThrow(refused);
  await expect(table({ kind: "node", name: "n2" }, token)).rejects.toThrow(refused);
  await expect(table({ kind: "gateway", name: "n3" }, token)).rejects.toThrow(refused);
  const other = orchestrator.tokens.gateway("n3");
  await expect(table({ kind: "gateway", name: "n2" }, other)).rejects.toThrow(
    /does not allow "serve-gateway"/,
  );
});

it("from other machines only nodes and gateways find something", async () => {
  const { authority } = await join("zeta", await joinToken());
  const client = outside(orchestrator.tokens.admin, authority);
  await expect(client.call(endpoints.organisations.list, { signal })).rejects.toThrow(
    /is not for nodes/,
  );
  const body = {};
  await expect(client.call(endpoints.nodes.joinToken, { body, signal })).rejects.toThrow(
    /is not for nodes/,
  );
});
