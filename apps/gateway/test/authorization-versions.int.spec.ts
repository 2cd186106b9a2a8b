import { biscuit, block } from "@bastide/biscuit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { route } from "../src/table/route.fixture.ts";
import { TestAuthority } from "./harness/certificates.ts";
import { ask } from "./harness/http-client.ts";
import { Http2Client } from "./harness/http2-client.ts";
import { bearer, PlatformTokens, revoked } from "./harness/platform-tokens.ts";
import { httpApp, type TestServer } from "./harness/sockets.ts";
import { TestGateway } from "./harness/test-gateway.ts";

const HOST = "shop.test";
const OTHER = "other.test";
const platform = new PlatformTokens();
const policy = 'allow if role($org, "developer"), resource_org($org)';
const authorization = {
  kind: "biscuit",
  policy,
  identity: "token",
  staleAfterSeconds: 300,
} as const;
/** Beside it: what the app gets in other ways, and a policy that looks at the path. */
const KINDS = ["token", "headers", "caller", "none"] as const;
const BELOW = `${policy}, path($path), $path.starts_with("/below/ok")`;

let authority: TestAuthority;
let app: TestServer;
let gateway: TestGateway;
const revokedToken = platform.sign();

beforeAll(async () => {
  authority = await TestAuthority.make("authorization");
  app = await httpApp(({ headers }, response) => {
    response.setHeader("seen-subject", headers["x-bastide-subject"] ?? "none");
    response.setHeader("seen-signature", String(headers["signature"] ?? "none"));
    response.end(headers.authorization ?? "none");
  });
  const routes = [
    route(HOST, [app.port], { settings: { authorization } }),
    route(HOST, [app.port], { path: "/open" }),
    ...KINDS.map((identity) =>
      route(HOST, [app.port], {
        path: `/${identity}`,
        settings: { authorization: { ...authorization, identity } },
      }),
    ),
    route(HOST, [app.port], {
      path: "/below",
      settings: { authorization: { ...authorization, policy: BELOW } },
    }),
    route(OTHER, [app.port], { settings: { authorization } }),
  ];
  const certificates = [await authority.certificate([HOST]), await authority.certificate([OTHER])];
  gateway = await TestGateway.startSecure(routes, { certificates });
  gateway.change(platform.entry, revoked(revokedToken.revocationIds[0] ?? ""));
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

interface Reply {
  readonly status: number;
  readonly challenge: string;
  /** The token that the app got. */
  readonly body: string;
  readonly subject: unknown;
  readonly signature: unknown;
}
type Get = (
  host: string,
  path: string,
  method: string,
  headers: Record<string, string>,
) => Promise<Reply>;

const over1 =
  (port: () => number, ca?: () => string): Get =>
  async (host, path, method, headers) => {
    const secure = ca ? { ca: ca(), servername: host } : {};
    const answer = await ask(port(), path, { ...secure, method, headers: { host, ...headers } });
    return {
      status: answer.status,
      challenge: answer.headers["www-authenticate"] ?? "",
      body: answer.body,
      subject: answer.headers["seen-subject"],
      signature: answer.headers["seen-signature"],
    };
  };

const over2: Get = async (host, path, method, headers) => {
  using client = await Http2Client.connect(gateway.httpsPort ?? 0, authority.pem, {
    servername: host,
  });
  const reply = await client.ask({ ":path": path, ":method": method, ...headers });
  return {
    status: reply.status,
    challenge: reply.headers["www-authenticate"]?.toString() ?? "",
    body: reply.body.toString(),
    subject: reply.headers["seen-subject"],
    signature: reply.headers["seen-signature"],
  };
};

const VERSIONS: readonly (readonly [string, Get])[] = [
  ["HTTP/1.1", over1(() => gateway.port)],
  [
    "HTTPS",
    over1(
      () => gateway.httpsPort ?? 0,
      () => authority.pem,
    ),
  ],
  ["HTTP/2", over2],
];

/** Status at the protected route by GET, and what the challenge says. */
const CASES: readonly (readonly [string, Record<string, string>, number, string])[] = [
  ["no token", {}, 401, "realm="],
  ["another scheme", { authorization: "Basic YTpi" }, 401, "realm="],
  ["a malformed field", { authorization: "Bearer a b" }, 400, "invalid_request"],
  ["what is no token", { authorization: "Bearer abc" }, 401, "invalid_token"],
  ["a foreign token", bearer(new PlatformTokens(1).sign()), 401, "invalid_token"],
  ["an expired token", bearer(platform.expired()), 401, "invalid_token"],
  ["a revoked token", bearer(revokedToken), 401, "invalid_token"],
  [
    "a token that stems from a revoked one",
    bearer(revokedToken.attenuate(block`check if true;`)),
    401,
    "invalid_token",
  ],
  ["a good token", bearer(platform.sign()), 200, ""],
  [
    "a token narrowed to this app",
    bearer(platform.narrowed(block`check if app("shop");`)),
    200,
    "",
  ],
  [
    "a token narrowed to another app",
    bearer(platform.narrowed(block`check if app("blog");`)),
    403,
    "insufficient_scope",
  ],
  [
    "a token of another organisation",
    bearer(platform.sign(biscuit`role("other", "developer");`)),
    403,
    "insufficient_scope",
  ],
  [
    "a token bound to another host",
    bearer(platform.narrowed(block`check if host(${OTHER});`)),
    403,
    "insufficient_scope",
  ],
  [
    "a token bound to another client",
    bearer(platform.narrowed(block`check if client_ip("10.0.0.1");`)),
    403,
    "insufficient_scope",
  ],
  [
    "a token bound to this host and client",
    bearer(platform.narrowed(block`check if host(${HOST}); check if client_ip("127.0.0.1");`)),
    200,
    "",
  ],
  [
    "a token that states the request's host",
    bearer(platform.sign(biscuit`role("acme", "developer"); host(${HOST});`)),
    403,
    "insufficient_scope",
  ],
];

const anotherThan = (caller: string): RegExp =>
  new RegExp(`^Bearer (?!${caller.replace("Bearer ", "")})[\\w-]+=*$`);

const UNSIGNED = { subject: "none", signature: "none" };
/** What the app is told of the caller, by what its route says. */
const SEEN: Readonly<Record<(typeof KINDS)[number], (caller: string) => object>> = {
  token: (caller) => ({ ...UNSIGNED, body: expect.stringMatching(anotherThan(caller)) }),
  headers: () => ({
    body: "none",
    subject: "user:alice",
    signature: expect.stringMatching(/^bastide=:[\w+/]+=*:$/),
  }),
  caller: (caller) => ({ ...UNSIGNED, body: caller }),
  none: () => ({ ...UNSIGNED, body: "none" }),
};
const PROTECTED = [
  ["/", "token"],
  ["/below/ok", "token"],
  ...KINDS.map((kind) => [`/${kind}`, kind] as const),
] as const;

describe.each(VERSIONS)("over %s", (_, get) => {
  it.each(CASES)(
    "%s, at routes of every kind, first and from memory",
    async (_name, headers, status, challenge) => {
      const refused = { status, challenge: expect.stringContaining(challenge) };
      for (const time of ["first", "again"]) {
        for (const [path, kind] of PROTECTED) {
          const reply = await get(HOST, path, "GET", headers);
          const seen = status === 200 ? SEEN[kind](headers["authorization"] ?? "") : {};
          expect({ time, path, ...reply }).toMatchObject({ time, path, ...refused, ...seen });
        }
        // The same token, where the path is another.
        const below = await get(HOST, "/below/no", "GET", headers);
        expect([time, below.status]).toEqual([time, status === 200 ? 403 : status]);
        const open = await get(HOST, "/open", "GET", headers);
        expect([open.status, open.body]).toEqual([200, headers["authorization"] ?? "none"]);
      }
    },
  );

  it("a path that has two readings is refused where the policy looks at it, and nowhere else", async () => {
    const token = bearer(platform.sign());
    for (const time of ["first", "again"])
      for (const [path, status] of [
        ["/below/ok%2f..%2fno", 400],
        ["/token/ok%2f..%2fno", 200],
      ] as const)
        expect([time, path, (await get(HOST, path, "GET", token)).status]).toEqual([
          time,
          path,
          status,
        ]);
  });

  it("a token that looks at the path itself is of use there only", async () => {
    const check = block`check if path($path), $path.starts_with("/token/mine");`;
    const token = bearer(platform.narrowed(check));
    for (const time of ["first", "again"])
      for (const [path, status] of [
        ["/token/mine", 200],
        ["/token/other", 403],
        ["/token/mine%2f..%2fother", 400],
      ] as const)
        expect([time, path, (await get(HOST, path, "GET", token)).status]).toEqual([
          time,
          path,
          status,
        ]);
  });

  it("a token that is bound to one host or method is of no use for another", async () => {
    const there = bearer(
      platform.narrowed(block`check if host(${OTHER}); check if method("GET");`),
    );
    expect((await get(OTHER, "/", "GET", there)).status).toBe(200);
    expect((await get(OTHER, "/", "POST", there)).status).toBe(403);
    expect((await get(HOST, "/", "GET", there)).status).toBe(403);
  });

  it("the app gets another token than the caller's", async () => {
    const token = bearer(platform.sign());
    const { body } = await get(HOST, "/", "GET", token);
    expect(body).toMatch(/^Bearer [\w-]+=*$/);
    expect(body).not.toBe(token["authorization"]);
  });
});
