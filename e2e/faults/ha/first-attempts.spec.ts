import { createServer, type Server } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { DrillLoad } from "./drill-load.ts";
import { firstAttemptsOf } from "./first-attempts.ts";

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** One address answers; at another nobody listens. */
async function port(answersAt: string): Promise<number> {
  const server = createServer((_, response) => response.end('{"epoch":1}'));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, answersAt, resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  return address.port;
}

describe("first attempts", () => {
  it("tell what one node refuses, though each request is answered by another", async () => {
    const nodes = [
      { name: "well", address: "127.0.0.1" },
      { name: "refusing", address: "127.0.0.2" },
    ];
    const options = { port: await port("127.0.0.1"), perSecond: 200, isShared: true };
    const load = new DrillLoad(nodes, options).start();
    await expect.poll(() => load.samples.length, { timeout: 10_000 }).toBeGreaterThan(20);
    await load.stop();
    expect(load.samples.every(({ node }) => node === "well")).toBe(true);
    const all = firstAttemptsOf(load.firstAttempts, ["well", "refusing"], 0, performance.now());
    const [well, refusing] = all;
    expect(well).toMatchObject({ refused: 0, broken: 0 });
    expect(refusing).toMatchObject({ answered: 0, broken: 0 });
    expect(refusing?.refused).toBeGreaterThan(0);
    const { length } = load.firstAttempts;
    expect((well?.answered ?? 0) + (refusing?.refused ?? 0)).toBe(length);
    expect(length).toBe(load.samples.length);
  });

  it("count in the time that is asked for, at the nodes that are asked for", () => {
    const at = (node: string, startedAtMs: number) => ({
      node,
      startedAtMs,
      kind: "refused" as const,
    });
    const attempts = [at("a", 1), at("a", 5), at("b", 5), at("a", 9)];
    expect(firstAttemptsOf(attempts, ["a"], 2, 8)).toEqual([
      { node: "a", answered: 0, refused: 1, broken: 0 },
    ]);
  });
});
