import { endpoints, Problem } from "@bastide/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONTROL_MODULES } from "../src/control-modules.ts";
import { NothingRunsModule } from "./nothing-runs.ts";
import { startOrchestrator, type TestOrchestrator } from "./orchestrator.ts";

/** What anybody may ask; everything else needs a token. A node renews its identity by the proof of its key. */
const PUBLIC = new Set([
  "GET /",
  "GET /healthz",
  "POST /v1/nodes/:node/challenges",
  "POST /v1/nodes/:node/identity",
]);

/** What every user may read, of whatever organisation. */
const FOR_EVERY_USER = new Set([
  "GET /v1/whoami",
  "GET /v1/openapi.json",
  "GET /v1/platform/certificate-authority",
]);

const VALUES: Readonly<Record<string, string>> = {
  organisation: "acme",
  project: "web",
  app: "shop",
  environment: "production",
  node: "n1",
  gateway: "n1",
  deployment: "01890000-0000-7000-8000-000000000000",
  release: "01890000-0000-7000-8000-000000000000",
  digest: `sha256:${"0".repeat(64)}`,
  domain: "www.example.org",
  service: "drill",
};

let orchestrator: TestOrchestrator;
beforeAll(async () => {
  const control = CONTROL_MODULES.length > 0 ? CONTROL_MODULES : [NothingRunsModule];
  orchestrator = await startOrchestrator(control);
});
afterAll(() => orchestrator[Symbol.asyncDispose]());

const guarded = () =>
  orchestrator.routes.filter(({ method, path }) => !PUBLIC.has(`${method} ${path}`));

interface Refusal {
  readonly route: string;
  readonly status: number;
  readonly code: unknown;
  readonly challenge: string | null;
}

/** Asks every guarded route with one Authorization header. */
async function askAll(authorization: string | undefined): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  for (const { method, path } of guarded()) {
    const url =
      orchestrator.url + path.replaceAll(/:(\w+)/g, (_, name: string) => VALUES[name] ?? "");
    const response = await fetch(url, {
      method,
      headers: { ...(authorization !== undefined && { authorization }) },
      ...(["POST", "PUT", "PATCH"].includes(method) && { body: new Uint8Array(10) }),
      signal: AbortSignal.timeout(10_000),
    });
    const body = response.status < 400 ? undefined : Problem.parse(await response.json());
    await response.body?.cancel().catch(() => undefined);
    refusals.push({
      route: `${method} ${path}`,
      status: response.status,
      code: body?.code,
      challenge: response.headers.get("www-authenticate"),
    });
  }
  return refusals;
}

interface Expected {
  readonly status: number;
  readonly code: string;
  readonly challenge: RegExp;
}

const UNAUTHENTICATED: Expected = {
  status: 401,
  code: "unauthenticated",
  challenge: /error="invalid_token"/,
};
const FORBIDDEN: Expected = {
  status: 403,
  code: "forbidden",
  challenge: /error="insufficient_scope"/,
};

/** Answers that are not the refusal that was expected. */
const othersThan = (expected: Expected, refusals: readonly Refusal[]): Refusal[] =>
  refusals.filter(
    ({ status, code, challenge }) =>
      status !== expected.status ||
      code !== expected.code ||
      !expected.challenge.test(challenge ?? ""),
  );

describe("every route of the running API", () => {
  it("is one of the contract's endpoints", () => {
    const declared = new Set(
      Object.values(endpoints)
        .flatMap((verbs) => Object.values(verbs))
        .map(({ method, path }) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`),
    );
    expect(guarded().length).toBeGreaterThan(15);
    const running = guarded().map(({ method, path }) => `${method} ${path}`);
    expect(running.filter((route) => !declared.has(route))).toEqual([]);
  });

  it.each([undefined, "Basic YTpi"])("refuses a request without a token (%s)", async (header) => {
    const expected = { ...UNAUTHENTICATED, challenge: /^Bearer realm="bastide"$/ };
    expect(othersThan(expected, await askAll(header))).toEqual([]);
  });

  it.each(["Bearer", "Bearer \u00E9%00"])("refuses %j as no form of RFC 6750", async (header) => {
    const challenge = /error="invalid_request"/;
    const expected = { status: 400, code: "invalid-request", challenge };
    expect(othersThan(expected, await askAll(header))).toEqual([]);
  });

  it.each([
    ["a few letters", "Bearer x"],
    ["far too many letters", `Bearer ${"A".repeat(12_000)}`],
  ])("refuses a token of %s", async (_, authorization) => {
    expect(othersThan(UNAUTHENTICATED, await askAll(authorization))).toEqual([]);
  });

  it("refuses a token of another root key, whatever it says", async () => {
    const token = `Bearer ${orchestrator.tokens.foreign}`;
    expect(othersThan(UNAUTHENTICATED, await askAll(token))).toEqual([]);
  });

  it("refuses a token with one changed bit", async () => {
    const token = Buffer.from(orchestrator.tokens.admin, "base64url");
    token[40] = (token[40] ?? 0) ^ 1;
    const header = `Bearer ${token.toString("base64url")}`;
    expect(othersThan(UNAUTHENTICATED, await askAll(header))).toEqual([]);
  });

  it("refuses an expired token", async () => {
    const token = orchestrator.tokens.member("acme", "owner", new Date(Date.now() - 1000));
    expect(othersThan(UNAUTHENTICATED, await askAll(`Bearer ${token}`))).toEqual([]);
  });

  it.each(["owner", "developer", "viewer"])(
    "refuses the %s of another organisation",
    async (role) => {
      const token = orchestrator.tokens.member("other", role);
      const refusals = await askAll(`Bearer ${token}`);
      const own = refusals.filter(({ route }) => !FOR_EVERY_USER.has(route));
      expect(othersThan(FORBIDDEN, own)).toEqual([]);
    },
  );

  it.each(["node", "gateway"] as const)("refuses another %s", async (kind) => {
    const token = orchestrator.tokens[kind]("n2");
    expect(othersThan(FORBIDDEN, await askAll(`Bearer ${token}`))).toEqual([]);
  });
});
