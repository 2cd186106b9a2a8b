import { once } from "node:events";
import { createServer, type Server } from "node:net";
import type { PromiseSpec } from "@bastide/contracts";
import { type RunHandle, ProcessDriver } from "@bastide/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { insteadOf, parseListeners, strangerOn, portsOf } from "./port-owner.ts";
import { Prober } from "./prober.ts";

const HEAD =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
const line = (local: string, state: string, uid: number): string =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000 ${uid}        0 1234 1`;
const tcp: PromiseSpec = { kind: "tcp", timeoutSeconds: 1, everySeconds: 5 };
const run: RunHandle = {
  driver: "process",
  id: "none",
  pid: 1,
  startTicks: 0,
  bootId: "",
  stateDirectory: "/nowhere",
};

let listening: Server | undefined;
afterEach(() => listening?.close());

async function listen(host: string): Promise<number> {
  listening = createServer((socket) => socket.destroy()).listen(0, host);
  await once(listening, "listening");
  const address = listening.address();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

describe("who listens on a port", () => {
  it("is read from the kernel's table: only listening sockets that loopback connections reach", () => {
    const table = [
      HEAD,
      line("0100007F:4E20", "0A", 200_001),
      line("00000000:4E20", "0A", 200_002),
      line("0100007F:4E20", "01", 200_003),
      line("0200000A:4E20", "0A", 200_004),
      line("0100007F:4E21", "0A", 200_005),
      line("00000000000000000000000000000000:4E20", "0A", 200_006),
      "",
    ].join("\n");
    expect(parseListeners(table, 20_000).map(({ uid }) => uid)).toEqual([
      200_001, 200_002, 200_006,
    ]);
  });

  it.each(["127.0.0.1", "0.0.0.0", "::"])(
    "is a stranger for every user but its own (%s)",
    async (host) => {
      const port = await listen(host);
      const own = process.getuid?.() ?? 0;
      expect(await strangerOn(port, own)).toBeUndefined();
      expect(await strangerOn(port, own + 1)).toContain(`user ${own}`);
    },
  );
});

it("does not take an answer of another user's process for a promise kept", async () => {
  const port = await listen("127.0.0.1");
  const own = process.getuid?.() ?? 0;
  const prober = new Prober(new ProcessDriver());
  const ask = (uid: number | undefined) =>
    prober.ask(tcp, { run, port, uid }, AbortSignal.timeout(5_000));
  expect(await ask(own)).toMatchObject({ kept: true });
  expect(await ask(undefined)).toMatchObject({ kept: true });
  expect(await ask(own + 1)).toMatchObject({ kept: false });
});

describe("the ports of a user", () => {
  const row = (local: string, state: string, uid: number): string =>
    `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000 ${uid} 0 1 1`;

  it("are those on which its processes listen, by IPv4 and IPv6, each once", () => {
    const four = [row("0100007F:1F90", "0A", 7), row("0100007F:0BB8", "01", 7)].join("\n");
    const six = [
      row("00000000000000000000000000000000:0BB8", "0A", 7),
      row("00000000000000000000000000000000:1F90", "0A", 7),
      row("00000000000000000000000000000000:0050", "0A", 8),
    ].join("\n");
    expect(portsOf(7, [four, six])).toEqual([3000, 8080]);
  });

  it("are named where the app listens on another port than its own", async () => {
    await using server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    expect(await insteadOf(1, process.getuid?.() ?? 0)).toMatch(
      new RegExp(`^; it listens on ports? .*\\b${port}\\b.* instead$`),
    );
    expect(await insteadOf(1, 4_000_000_000)).toBe("");
  });
});
