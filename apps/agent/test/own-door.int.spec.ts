import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import type { OwnDoor } from "@bastide/contracts";
import { type Peer, Tunneller } from "@bastide/peer-tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freePort } from "../../../tools/testing/free-port.ts";
import { OwnDoorKeeper } from "../src/door/own-door.ts";
import { Journal } from "../src/journal/journal.ts";
import { TestAuthority } from "./certificates.fixture.ts";
import { until } from "./guard.fixture.ts";

const GATEWAY: Peer = { kind: "gateway", name: "n2" };
const WAIT_MS = 10_000;

let authority: TestAuthority;
let keeper: OwnDoorKeeper;
let journal: string;
const servers: Server[] = [];
/** What listens here, by the word that it says. */
let instance: { host: string; port: number };
let controlPlane: { host: string; port: number };

beforeEach(async () => {
  authority = await TestAuthority.make();
  journal = "";
  instance = await saying("instance");
  controlPlane = await saying("control plane");
  const api = createHttpServer((_, response) => void response.end());
  keeper = new OwnDoorKeeper({
    api: { accept: (socket) => void api.emit("connection", socket) },
    addressOf: (id) => (id === "here" ? instance : undefined),
    journal: new Journal((line) => void (journal += line)),
  });
});
afterEach(async () => {
  keeper.close();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function saying(
  word: string,
  { port = 0, host = "127.0.0.1" } = {},
): Promise<{ host: string; port: number }> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.write(word);
    socket.on("data", (bytes) => void socket.write(bytes));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  return { host, port: address.port };
}

/** As the control plane tells it. */
const told = async (port: number, leads: OwnDoor["leads"] = {}): Promise<OwnDoor> => ({
  listen: { host: "127.0.0.1", port },
  leads,
  ...(await authority.issue({ kind: "node", name: "n1" })),
});

async function open(port: number, to: string): Promise<Socket> {
  const credentials = await authority.issue(GATEWAY);
  const target = { host: "127.0.0.1", port, node: "n1", instance: to };
  return new Tunneller(() => credentials).open(target, WAIT_MS);
}

async function heard(socket: Socket): Promise<string> {
  const [bytes] = await once(socket, "data");
  return String(bytes);
}

/** It listens some moments after it was told to. */
const opened = (port: number, to: string): Promise<Socket> =>
  until(`the door at ${port} leads to ${to}`, () => open(port, to).catch(() => undefined));

describe("the door of the control plane's own node", () => {
  it("opens where it is told, and leads to this node's instances and to the control plane", async () => {
    const port = await freePort();
    keeper.apply(await told(port, { control: controlPlane, here: controlPlane }));
    const socket = await opened(port, "control");
    expect(await heard(socket)).toBe("control plane");
    socket.destroy();
    // What is an instance of this node is that, whatever is told.
    const other = await open(port, "here");
    expect(await heard(other)).toBe("instance");
    other.destroy();
    await expect(open(port, "elsewhere")).rejects.toThrow(/does not lead there|ECONNRESET/);
  });

  it("leads elsewhere and shows another certificate when it is told so, and cuts nobody", async () => {
    const port = await freePort();
    keeper.apply(await told(port, { control: instance }));
    const before = await opened(port, "control");
    expect(await heard(before)).toBe("instance");
    authority = await TestAuthority.make();
    keeper.apply(await told(port, { control: controlPlane }));
    const after = await open(port, "control");
    expect(await heard(after)).toBe("control plane");
    before.write("still there");
    expect(await heard(before)).toBe("still there");
    for (const socket of [before, after]) socket.destroy();
  });

  it("is opened anew where it is told another place, and closed where it was", async () => {
    const [first, second] = [await freePort(), await freePort()];
    keeper.apply(await told(first));
    (await opened(first, "here")).destroy();
    keeper.apply(await told(second));
    (await opened(second, "here")).destroy();
    await expect(open(first, "here")).rejects.toThrow(/ECONNREFUSED/);
  });

  it("says that it cannot be opened while somebody has its port, and is opened when they have gone", async () => {
    const { port } = await saying("somebody");
    const [somebody] = servers.splice(-1);
    keeper.apply(await told(port));
    await until("it says so", () => journal.includes("cannot be opened; it is tried again"));
    expect(journal).toContain("EADDRINUSE");
    somebody?.close();
    (await opened(port, "here")).destroy();
  });

  it("is not opened any more once it is closed, though it was to be tried again", async () => {
    const { port } = await saying("somebody");
    const [somebody] = servers.splice(-1);
    keeper.apply(await told(port));
    await until("it says so", () => journal.includes("it is tried again"));
    keeper.close();
    await new Promise((resolve) => somebody?.close(resolve));
    const other = await told(await freePort());
    keeper.apply(other);
    (await opened(other.listen.port, "here")).destroy();
    await expect(open(port, "here")).rejects.toThrow(/ECONNREFUSED/);
  });
});
