import { once } from "node:events";
import { createServer, type Server } from "node:net";
import type { PromiseSpec } from "@bastide/contracts";
import { type RunHandle, ProcessDriver } from "@bastide/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { insteadOf, strangerOn, portsOf } from "./port-owner.ts";
import { Prober } from "./prober.ts";

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
  it.each(["127.0.0.1", "127.0.0.2", "0.0.0.0", "::"])(
    "is a stranger for every user but its own (%s)",
    async (host) => {
      const port = await listen(host);
      const asked = { host: host === "127.0.0.2" ? host : "127.0.0.1", port };
      const own = process.getuid?.() ?? 0;
      expect(strangerOn(asked, own)).toBeUndefined();
      expect(strangerOn(asked, own + 1)).toContain(`user ${own}`);
    },
  );
});

it("does not take an answer of another user's process for a promise kept", async () => {
  const port = await listen("127.0.0.1");
  const own = process.getuid?.() ?? 0;
  const prober = new Prober(new ProcessDriver());
  const ask = (uid: number | undefined) =>
    prober.ask(tcp, { run, port, uid }, { stopped: AbortSignal.timeout(5_000), why: true });
  expect(await ask(own)).toMatchObject({ kept: true });
  expect(await ask(undefined)).toMatchObject({ kept: true });
  expect(await ask(own + 1)).toMatchObject({ kept: false });
});

describe("the ports of a user", () => {
  it("are those on which its processes listen, each once", () => {
    const at = (port: number, uid: number) => ({ address: "", port, uid, inode: "" });
    expect(portsOf(7, [at(8080, 7), at(3000, 7), at(8080, 7), at(80, 8)])).toEqual([3000, 8080]);
  });

  it("are named where the app listens on another port than its own", async () => {
    await using server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    expect(insteadOf(1, process.getuid?.() ?? 0)).toMatch(
      new RegExp(`^; it listens on ports? .*\\b${port}\\b.* instead$`),
    );
    expect(insteadOf(1, 4_000_000_000)).toBe("");
  });
});
