import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideHome, nodeName, type Wishes } from "./decide-home.ts";
import { parseHome } from "./home-file.ts";

const wishes: Wishes = {
  directory: "/var/lib/bastide",
  asRoot: true,
  now: new Date("2026-01-02T03:04:05Z"),
  postgres: { engine: "system", major: 15, directory: "/usr/lib/postgresql/15/bin", root: "/usr" },
  databaseUser: { uid: 101, gid: 104 },
  locale: "C.UTF-8",
  orchestratorPort: 4321,
  gatewayPort: 8080,
  httpsPort: 8443,
  baseDomain: undefined,
  listen: ["127.0.0.1"],
};

describe("a new home", () => {
  it("is read back as it was decided", () => {
    for (const asRoot of [true, false]) {
      const home = decideHome({ ...wishes, asRoot });
      expect(parseHome(JSON.parse(JSON.stringify(home)))).toEqual(home);
    }
  });

  it("has users only as root, and those of the usual home are fixed", () => {
    expect(decideHome({ ...wishes, asRoot: false }).users).toBeUndefined();
    expect(decideHome(wishes).users).toMatchObject({
      orchestrator: { uid: 210_000 },
      instances: { first: 200_000, last: 209_999 },
    });
  });

  it("shares no user with another home", () => {
    const one = decideHome({ ...wishes, directory: "/srv/one" }).users;
    const two = decideHome({ ...wishes, directory: "/srv/two" }).users;
    expect(one?.instances).not.toEqual(two?.instances);
    expect(one?.instances.first).toBeGreaterThan(210_000);
  });
});

it("names the field that is wrong", () => {
  const home = decideHome(wishes);
  expect(() => parseHome({ ...home, baseDomain: "no domain" })).toThrow(
    '"baseDomain" cannot be "no domain"',
  );
  expect(() => parseHome({ ...home, ports: { ...home.ports, gateway: 0 } })).toThrow(
    '"ports.gateway" cannot be 0',
  );
  expect(() => parseHome([])).toThrow("must be an object");
});

it("throws nothing but TypeError for any document", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (document) => {
      expect(() => parseHome(document)).toThrow(TypeError);
    }),
  );
});

it("makes a node's name of any machine's name", () => {
  const label = /^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,39}$/;
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), (host) => {
      expect(nodeName(host)).toMatch(label);
    }),
  );
  expect(nodeName("Web_01.example.org")).toBe("web-01");
  expect(nodeName("192")).toBe("node-1");
});
