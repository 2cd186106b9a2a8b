import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { type Credentials, type Peer, secureFetch, Tunneller } from "@bastide/peer-tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createServer as createHttpServer } from "node:http";
import { NodeDoor } from "../src/door/node-door.ts";
import { Journal } from "../src/journal/journal.ts";
import { TestAuthority } from "./certificates.fixture.ts";

const GATEWAY: Peer = { kind: "gateway", name: "n1" };
const WAIT_MS = 10_000;

let authority: TestAuthority;
let door: NodeDoor;
let url: URL;
let own: Credentials;
let app: Server;
let journal: string;
const renewals: (() => void)[] = [];
beforeEach(async () => {
  authority = await TestAuthority.make();
  own = await authority.issue({ kind: "node", name: "n2" });
  app = createServer((socket) => void socket.on("error", () => {}).pipe(socket));
  await new Promise<void>((resolve) => app.listen(0, "127.0.0.1", resolve));
  const listening = app.address();
  const port = typeof listening === "object" && listening ? listening.port : 0;
  journal = "";
  const api = createHttpServer((_, response) => void response.end("the agent's API"));
  const addresses = new Map([
    ["here", { host: "127.0.0.1", port }],
    ["deaf", { host: "127.0.0.1", port: 1 }],
  ]);
  door = new NodeDoor({
    identity: {
      get credentials() {
        return own;
      },
      onRenewed: (listener) => void renewals.push(listener),
    },
    api: { accept: (socket) => void api.emit("connection", socket) },
    addressOf: (id) => addresses.get(id),
    journal: new Journal((line) => void (journal += line)),
  });
  url = new URL(await door.listen({ host: "127.0.0.1", port: 0 }));
});
afterEach(async () => {
  door.close();
  await new Promise((resolve) => app.close(resolve));
});

async function open(
  peer: Peer,
  instance: string,
  { node = "n2", by = authority }: { node?: string; by?: TestAuthority } = {},
): Promise<Socket> {
  const credentials = await by.issue(peer);
  const target = { host: url.hostname, port: Number(url.port), node, instance };
  return new Tunneller(() => credentials).open(target, WAIT_MS);
}

async function call(peer: Peer): Promise<string> {
  const credentials = await authority.issue(peer);
  const ask = secureFetch({
    peer: { kind: "node", name: "n2" },
    authority: () => credentials.authority,
    own: () => credentials,
  });
  const answer = await ask(url, { signal: AbortSignal.timeout(WAIT_MS) });
  return answer.text();
}

describe("a node's door", () => {
  it("leads a gateway to the instance that it names, bytes as they are", async () => {
    const socket = await open(GATEWAY, "here");
    socket.write("echo");
    const [heard] = await once(socket, "data");
    expect(String(heard)).toBe("echo");
    const ended = once(socket, "end");
    socket.end();
    await ended;
  });

  it("leads nowhere for an instance that is not here or does not listen, before anything was sent", async () => {
    await expect(open(GATEWAY, "unknown")).rejects.toThrow(/does not lead there|ECONNRESET/);
    await expect(open(GATEWAY, "deaf")).rejects.toThrow(/does not lead there|ECONNRESET/);
  });

  it("leads no other kind of peer to an instance: not a node, not even the control plane", async () => {
    for (const peer of [{ kind: "node", name: "n3" }, { kind: "control" }] as const)
      await expect(open(peer, "here")).rejects.toThrow(/does not lead there|ECONNRESET/);
    expect(journal).toContain("may not do here what it asked for");
  });

  it("is closed to certificates of another authority", async () => {
    await expect(open(GATEWAY, "here", { by: await TestAuthority.make() })).rejects.toThrow(
      /certificate/,
    );
  });

  it("is told from another node's by its certificate, whatever the address", async () => {
    await expect(open(GATEWAY, "here", { node: "n3" })).rejects.toThrow(
      /certificate is for DNS:n2\.node\.bastide\.internal, and not for n3/,
    );
  });

  it("lets the control plane call the agent's API, and nobody else", async () => {
    expect(await call({ kind: "control" })).toBe("the agent's API");
    const cut = /socket hang up|ECONNRESET/;
    await expect(call(GATEWAY)).rejects.toThrow(cut);
    await expect(call({ kind: "node", name: "n3" })).rejects.toThrow(cut);
  });

  it("shows a renewed certificate to whoever comes next, and cuts nobody", async () => {
    const before = await open(GATEWAY, "here");
    own = await authority.issue({ kind: "node", name: "n2" });
    for (const tell of renewals) tell();
    const after = await open(GATEWAY, "here");
    for (const socket of [before, after]) {
      socket.write("x");
      expect(String((await once(socket, "data"))[0])).toBe("x");
      socket.destroy();
    }
  });
});
