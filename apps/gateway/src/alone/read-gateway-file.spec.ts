import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FileRefused } from "./file-problem.ts";
import { GATEWAY_SCHEMA } from "./known-words.ts";
import { readForTable, readGatewayFile, tryReadStart } from "./read-gateway-file.ts";

const ID = "00000000-0000-7000-8000-000000000000";
const read = (text: string) => readGatewayFile(text, "gateway.yaml", () => ID);

function refused(text: string): string {
  try {
    read(text);
  } catch (cause) {
    if (cause instanceof FileRefused) return cause.message;
    throw cause;
  }
  throw new Error("the file was not refused");
}

describe("gateway.yaml", () => {
  it("becomes routes", () => {
    const { file, routes } = read(`
listen: { addresses: [127.0.0.1, "::1"], port: 9000 }
routes:
  - host: shop.test
    path: /api
    upstreams:
      - 10.0.0.1:3000
      - { address: "[fd00::1]:3000", weight: 50 }
    settings: { limits: { bodyBytes: 10 } }
  - host: "*.old.test"
    conditions: { methods: [GET] }
    settings: { redirect: { to: "https://new.test{path}" } }
`);
    expect(file.listen).toEqual({ addresses: ["127.0.0.1", "::1"], port: 9000 });
    expect(routes).toEqual([
      {
        host: "shop.test",
        path: "/api",
        owner: "file",
        whenEmpty: "stopped",
        upstreams: [
          { instance: ID, host: "10.0.0.1", port: 3000, weight: 100 },
          { instance: ID, host: "fd00::1", port: 3000, weight: 50 },
        ],
        settings: { limits: { bodyBytes: 10 } },
      },
      {
        host: "*.old.test",
        path: "/",
        owner: "file",
        whenEmpty: "stopped",
        conditions: { methods: ["GET"] },
        upstreams: [],
        settings: { redirect: { status: 308, to: "https://new.test{path}" } },
      },
    ]);
  });

  it.each([
    [
      "routes:\n  - host: a.test\n    upstream: [1.2.3.4:5]\n",
      'gateway.yaml:3:5: unknown key "upstream" in routes[0]; did you mean "upstreams"?',
    ],
    ["route: []\n", 'gateway.yaml:1:1: unknown key "route"; did you mean "routes"?'],
    [
      "routes:\n  - host: a.test\n    upstreams: [1.2.3.4:5]\n    settings:\n      limits: { rates: 1 }\n",
      'gateway.yaml:5:17: unknown key "rates" in routes[0].settings.limits; did you mean "rate"?',
    ],
    [
      "routes:\n  - host: a.test\n    upstreams: [1.2.3.4]\n",
      "gateway.yaml:3:17: routes[0].upstreams[0]: an upstream is host:port, such as 127.0.0.1:3000",
    ],
    [
      'routes:\n  - host: a.test\n    upstreams: [{ address: "a:1", wieght: 1 }]\n',
      'gateway.yaml:3:35: unknown key "wieght" in routes[0].upstreams[0]; did you mean "weight"?',
    ],
    [
      "listen:\n  port: http\nroutes: []\n",
      'gateway.yaml:2:9: listen.port: expected a number, got the string "http"',
    ],
    ["routes:\n  - path: /\n", "gateway.yaml:2:5: routes[0].host: is missing"],
    [
      "routes:\n  - host: a.test\n",
      "gateway.yaml:2:5: routes[0] leads nowhere: give it upstreams, or settings.redirect or settings.maintenance",
    ],
    [
      "routes:\n  - { host: a.test, upstreams: [b:1] }\n  - { host: A.test, upstreams: [b:2] }\n",
      "gateway.yaml:3:5: routes[1]: two routes overlap: a.test/ of file, and a.test/ of file",
    ],
    [
      "routes:\n  - { host: 'a b', upstreams: [b:1] }\n",
      'gateway.yaml:2:5: routes[0]: "a b" is not a host',
    ],
    [
      "routes:\n  - host: a.test\n    upstreams: [b:1]\n    settings:\n      requestHeaders: { set: { host: x } }\n",
      'gateway.yaml:5:32: routes[0].settings.requestHeaders.set.host: "host" frames the message',
    ],
    [
      "routes:\n  - host: a.test\n    upstreams: [b:1]\n    settings:\n      authorization: { kind: biscuit, policy: allow if true }\n",
      "gateway.yaml:5:22: routes[0].settings.authorization: nobody's tokens can be verified; give tokens.rootKeys",
    ],
    [
      "tokens: { rootKeys: [{ publicKey: x }] }\nroutes:\n  - host: a.test\n    upstreams: [b:1]\n    settings:\n      authorization: { kind: biscuit, policy: allow if user($u }\n",
      "gateway.yaml:3:5: routes[0]: the policy of a.test/",
    ],
    [
      "routes:\n  - host: a.test\n    upstreams: [b:1]\n    settings: { https: only }\n",
      "gateway.yaml:4:24: routes[0].settings.https: there is no HTTPS here; give listen.httpsPort and certificates",
    ],
    [
      "routes:\n  - host: a.test\n    upstreams: [b:1]\n    settings: { clientAuthorities: x }\n",
      "gateway.yaml:4:36: routes[0].settings.clientAuthorities: clients prove themselves over HTTPS alone",
    ],
    [
      "certificates: [{ chain: a, key: b }]\nroutes: []\n",
      "gateway.yaml:1:15: certificates: are shown over HTTPS alone; give listen.httpsPort",
    ],
    [
      "listen: { httpsPort: 1 }\ncertificates: [{ chain: a, key: b, default: true }, { chain: c, key: d, default: true }]\nroutes: []\n",
      "gateway.yaml:2:82: certificates[1].default: another one is the default already",
    ],
    [
      "tokens: { rootKeys: [{ id: 1, publicKey: x, file: y }] }\nroutes: []\n",
      "gateway.yaml:1:22: tokens.rootKeys[0]: a root key has either publicKey or file",
    ],
    ["routes: [\n", "gateway.yaml:2:1: "],
    ["routes: &a []\n", "gateway.yaml:1:12: anchors and aliases are not allowed"],
    ["routes: []\nroutes: []\n", "gateway.yaml:2:1: Map keys must be unique"],
    [`routes: ${"[".repeat(100)}`, "gateway.yaml:1:1: the file is too large"],
    ["", "gateway.yaml:1:1: routes: is missing"],
  ])("names the place and the nearest right thing: %j", (text, message) =>
    expect(refused(text)).toContain(message),
  );

  it("names a route that is there twice, also for those who keep routes by their keys", () => {
    const text =
      "routes:\n  - { host: a.test, upstreams: [b:1] }\n  - { host: a.test, upstreams: [b:2] }\n";
    const why = "gateway.yaml:3:5: routes[1]: two routes overlap: a.test/ is there twice";
    expect(refused(text)).toContain(why);
    expect(() => readForTable(text, "gateway.yaml", () => ID)).toThrow(why);
  });

  it("names every problem, in the order of the file", () => {
    const problems = refused("workers: 0\nlisten: { prot: 1 }\nroutes: [{ hosts: [] }]\n");
    expect(problems.split("\n").map((line) => line.split(":").slice(1, 3).join(":"))).toEqual([
      "1:10",
      "2:11",
      "3:10",
      "3:12",
    ]);
  });
});

describe("what a gateway is started with", () => {
  const defaults = { addresses: ["127.0.0.1"], port: 8080 };
  it.each([
    ["listen: { port: 1 }\nroutes:\n  - host: a\n    x: [\nworkers: 3\n", 1, 3],
    ["routes:\n- host: a\n# comment\n\n- host: b\n  path: /\nworkers: 4\nlisten:\n  port: 2", 2, 4],
    ["routes: [{ host: a }]\nlisten: { port: 5 }", 5, undefined],
    ['{"listen": {"port": 6}, "routes": []}', 6, undefined],
    ["# routes:\nlisten:\n  port: 7\nroutes:", 7, undefined],
  ])("is read without the routes: %j", (text, port, workers) => {
    const start = tryReadStart(text);
    expect([start?.listen, start?.workers]).toEqual([{ ...defaults, port }, workers]);
  });

  it("is not read from a file that is wrong there", () => {
    expect(tryReadStart("listen: 1\nroutes:\n")).toBeUndefined();
    expect(tryReadStart("lisen: {}\nroutes:\n")).toBeUndefined();
  });
});

it("has its JSON Schema in the docs as it is (WRITE_GATEWAY_SCHEMA=1 with this test writes it)", () => {
  const file = join(import.meta.dirname, "../../../../docs/gateway.schema.json");
  if (process.env["WRITE_GATEWAY_SCHEMA"] === "1")
    writeFileSync(file, `${JSON.stringify(GATEWAY_SCHEMA, undefined, 2)}\n`);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(
    JSON.parse(JSON.stringify(GATEWAY_SCHEMA)),
  );
});
