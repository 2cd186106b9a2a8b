import { expect, it } from "vitest";
import { type Home, homePaths } from "./home.ts";
import { localNodes } from "./local-nodes.ts";

const HOME: Home = {
  format: 1,
  createdAt: "2026-11-01T00:00:00.000Z",
  node: "main",
  baseDomain: "localhost",
  database: { engine: "system", major: 17, locale: "C" },
  ports: {
    gateway: 8080,
    https: 8443,
    orchestrator: 7400,
    instances: { first: 20_000, last: 29_999 },
  },
  gatewayListen: ["127.0.0.1"],
};
const paths = homePaths("/home");

it("one node has all of the ports", () => {
  const [only, ...more] = localNodes(HOME, paths);
  expect(only).toMatchObject({
    name: "main",
    directory: "/home/agent",
    ports: HOME.ports.instances,
  });
  expect(more).toEqual([]);
});

it("several nodes share ports and users, and none has another's", () => {
  const users = { first: 200_000, last: 209_999 };
  const person = { uid: 1, gid: 1 };
  const nodes = localNodes(
    { ...HOME, nodes: 3, users: { orchestrator: person, database: person, instances: users } },
    paths,
  );
  expect(nodes.map(({ name }) => name)).toEqual(["main", "main-2", "main-3"]);
  expect(new Set(nodes.map(({ directory }) => directory)).size).toBe(3);
  for (const [left, right] of [
    [0, 1],
    [1, 2],
  ] as const) {
    expect(nodes[left]?.ports.last).toBeLessThan(nodes[right]?.ports.first ?? 0);
    expect(nodes[left]?.users?.last).toBeLessThan(nodes[right]?.users?.first ?? 0);
  }
});
