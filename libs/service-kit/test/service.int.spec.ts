import "reflect-metadata";
import { Biscuit, biscuit, KeyPair, KeyRing } from "@bastide/biscuit";
import { API_POLICY, endpoint, linesOf, Problem } from "@bastide/contracts";
import { Controller, Get, Global, Module, type Type } from "@nestjs/common";
import type { NestFastifyApplication } from "@nestjs/platform-fastify";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import {
  ApiAuthorizer,
  Call,
  type CallOf,
  createService,
  Endpoint,
  HealthChecks,
  JsonLogger,
  ServiceModule,
} from "../src/index.ts";

const root = KeyPair.generate();
const admin = biscuit`user("admin"); platform_role("admin");`.rootKeyId(1).sign(root).toString();
const authorization = `Bearer ${admin}`;

@Global()
@Module({
  providers: [
    {
      provide: ApiAuthorizer,
      useFactory: () =>
        new ApiAuthorizer(KeyRing.of([{ id: 1, publicKey: root.publicKey }]), API_POLICY),
    },
  ],
  exports: [ApiAuthorizer],
})
class AuthorizationModule {}

const common = { summary: "", operation: "status" } as const;
const table = {
  item: endpoint("GET", "/v1/items/{app}", {
    ...common,
    query: z.object({ count: z.coerce.number().max(3).default(1) }),
    response: z.object({ app: z.string(), count: z.number() }),
  }),
  broken: endpoint("GET", "/v1/broken", { ...common, response: z.object({ a: z.string() }) }),
  failing: endpoint("GET", "/v1/failing/{app}", { ...common, response: "empty" }),
  events: endpoint("GET", "/v1/events", { ...common, response: "events" }),
  lines: endpoint("GET", "/v1/lines", { ...common, response: "ndjson" }),
  download: endpoint("GET", "/v1/bytes", { ...common, response: "bytes" }),
  upload: endpoint("POST", "/v1/bytes", {
    ...common,
    body: "bytes",
    response: z.object({ digest: z.string(), sizeBytes: z.number() }),
  }),
};

const ended = Promise.withResolvers<string>();

const failures: Readonly<Record<string, () => Error>> = {
  secret: () => new Error("password=hunter2 at /etc/secret"),
  database: () => Object.assign(new Error("connect"), { code: "ECONNREFUSED" }),
  disk: () => new Error("write", { cause: Object.assign(new Error("full"), { code: "ENOSPC" }) }),
};

@Controller()
class ItemsController {
  @Endpoint(table.item)
  item(@Call() { parameters, query }: CallOf<typeof table.item>) {
    return { app: parameters.app, count: query.count, internal: "not for you" };
  }

  @Endpoint(table.broken)
  broken(): { a: string } {
    return JSON.parse('{"a": 1, "secret": "hunter2"}');
  }

  @Endpoint(table.failing)
  failing(@Call() { parameters }: CallOf<typeof table.failing>): void {
    throw failures[parameters.app]?.() ?? new Error("unknown");
  }

  @Endpoint(table.events)
  async *events(@Call() { signal }: CallOf<typeof table.events>): AsyncGenerator<object> {
    try {
      yield { n: 1 };
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    } finally {
      ended.resolve(String(signal.reason));
    }
  }

  @Endpoint(table.lines)
  async *lines(): AsyncGenerator<string> {
    yield '{"n":1}\n';
    yield '{"n":2}\n';
  }

  @Endpoint(table.download)
  download() {
    return { stream: Readable.from([Buffer.from("bytes")]), sizeBytes: 5 };
  }

  @Endpoint(table.upload)
  async upload(@Call() { body }: CallOf<typeof table.upload>) {
    const hash = createHash("sha256");
    let sizeBytes = 0;
    for await (const chunk of body) {
      hash.update(chunk);
      sizeBytes += chunk.length;
    }
    return { digest: hash.digest("hex"), sizeBytes };
  }
}

let app: NestFastifyApplication | undefined;
let log: string[] = [];
afterEach(async () => {
  await app?.close();
  app = undefined;
  log = [];
});

async function serve(controller: Type = ItemsController): Promise<string> {
  const logger = new JsonLogger((line) => void log.push(line));
  @Module({
    imports: [ServiceModule.with(logger), AuthorizationModule],
    controllers: [controller],
  })
  class TestModule {}
  app = await createService(TestModule, logger);
  await app.listen(0, "127.0.0.1");
  return app.getUrl();
}

const get = (url: string, init: RequestInit = {}, headers: Record<string, string> = {}) =>
  fetch(url, {
    signal: AbortSignal.timeout(10_000),
    ...init,
    headers: { authorization, ...headers },
  });

describe("a service", () => {
  it("does not start with a route that nobody decided about", async () => {
    @Controller()
    class Forgotten {
      @Get("backdoor")
      open(): string {
        return "hello";
      }
    }
    await expect(serve(Forgotten)).rejects.toThrow("Forgotten.open");
  });

  it("validates what comes in and fills defaults", async () => {
    const url = await serve();
    expect(await (await get(`${url}/v1/items/shop`)).json()).toEqual({ app: "shop", count: 1 });
    const bad = await get(`${url}/v1/items/shop?count=4`);
    expect(await bad.json()).toMatchObject({ status: 400, errors: [{ path: "query.count" }] });
    expect((await get(`${url}/v1/items/Not%20a%20name`)).status).toBe(400);
  });

  it("lets nothing out that the contract does not name, nor an answer that breaks it", async () => {
    const url = await serve();
    expect(await (await get(`${url}/v1/items/shop`)).json()).not.toHaveProperty("internal");
    const broken = await get(`${url}/v1/broken`);
    expect(broken.status).toBe(500);
    expect(await broken.text()).not.toContain("hunter2");
  });

  it("keeps an inner error's text inside, and logs it under the request's id", async () => {
    const response = await get(`${await serve()}/v1/failing/secret`);
    const body = Problem.parse(await response.json());
    expect(body).toMatchObject({ status: 500, code: "internal" });
    expect(JSON.stringify(body)).not.toContain("hunter2");
    const line = log.find((one) => one.includes("a request failed"));
    expect(line).toContain(body.instance ?? "no id");
    expect(line).toContain("Error: password");
  });

  it.each([
    ["database", 503, "unavailable", "1"],
    ["disk", 507, "disk-full", "60"],
  ])("says when to try again after a failing %s", async (what, status, code, retryAfter) => {
    const response = await get(`${await serve()}/v1/failing/${what}`);
    expect([response.status, response.headers.get("retry-after")]).toEqual([status, retryAfter]);
    expect(await response.json()).toMatchObject({ code });
  });

  it("is unhealthy when something that it needs is", async () => {
    const url = await serve();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    app?.get(HealthChecks).register("database", async () => {
      throw new Error("no route to db.internal:5432");
    });
    const response = await fetch(`${url}/healthz`);
    expect(response.status).toBe(503);
    expect(await response.text()).toBe(
      '{"healthy":false,"checks":[{"name":"database","healthy":false}]}',
    );
  });
});

describe("the guard of a service", () => {
  const policy = "authorization";
  const decisions = (): unknown[] =>
    log.filter((line) => line.includes(`"${policy}"`)).map((line): unknown => JSON.parse(line));

  it("records each decision with the token's revocation ids and never the token", async () => {
    const url = await serve();
    await get(`${url}/v1/items/shop`);
    const revocationIds = [...Biscuit.parse(admin, root.publicKey).revocationIds];
    const allowed = { message: policy, outcome: "allowed", action: "status", rootKeyId: 1 };
    expect(decisions()).toMatchObject([
      { ...allowed, revocationIds, requestId: expect.any(String) },
    ]);
    expect(log.join("")).not.toContain(admin.slice(0, 60));
  });

  it.each([
    [undefined, 401, "unauthenticated", 'Bearer realm="bastide"', "no-token"],
    ["Basic YTpi", 401, "unauthenticated", 'Bearer realm="bastide"', "no-token"],
    ["Bearer", 400, "invalid-request", 'error="invalid_request"', "malformed-request"],
    ["Bearer x", 401, "unauthenticated", 'error="invalid_token"', "invalid-token"],
  ])(
    "answers %j with %i by RFC 6750, and records it",
    async (header, status, code, challenge, reason) => {
      const url = await serve();
      const answer = await fetch(`${url}/v1/items/shop`, {
        headers: header === undefined ? {} : { authorization: header },
        signal: AbortSignal.timeout(10_000),
      });
      expect([answer.status, await answer.json()]).toMatchObject([status, { code }]);
      expect(answer.headers.get("www-authenticate")).toContain(challenge);
      expect(decisions()).toMatchObject([{ outcome: "refused", reason, status }]);
    },
  );

  it("tells an expired token from one that is not enough, and explains itself to those entitled", async () => {
    const url = await serve();
    const past = new Date(0);
    const expired = biscuit`user("a"); platform_role("admin"); check if time($t), $t < ${past};`;
    const narrow = biscuit`user("a"); platform_role("admin"); check if app("other");`;
    const poor = biscuit`user("a"); check if app("other");`;
    const answers = await Promise.all(
      [expired, narrow, poor].map(async (token) => {
        const text = token.rootKeyId(1).sign(root).toString();
        const answer = await get(`${url}/v1/items/shop`, {}, { authorization: `Bearer ${text}` });
        return Problem.parse(await answer.json());
      }),
    );
    expect(answers).toMatchObject([
      { code: "unauthenticated", detail: expect.stringContaining("expired at 1970-01-01") },
      { code: "forbidden", why: expect.arrayContaining([expect.stringContaining("other")]) },
      { code: "forbidden" },
    ]);
    expect(answers[2]).not.toHaveProperty("why");
  });
});

describe("streams of a service", () => {
  it("are server-sent events that end with the client", async () => {
    const url = await serve();
    const controller = new AbortController();
    const response = await get(`${url}/v1/events`, { signal: controller.signal });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toContain(":\n\n");
    controller.abort();
    expect(await ended.promise).toContain("the connection is closed");
  });

  it("end when the service stops, and do not hold it up", async () => {
    const url = await serve();
    const response = await get(`${url}/v1/events`);
    const text = response.text();
    await app?.close();
    app = undefined;
    expect(await text).toContain('data: {"n":1}');
  });

  it("end when the token that asked for them does", async () => {
    const url = await serve();
    const until = new Date(Date.now() + 1500);
    const brief = biscuit`user("ci"); platform_role("admin"); check if time($t), $t < ${until};`;
    const token = brief.rootKeyId(1).sign(root).toString();
    const response = await fetch(`${url}/v1/events`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(10_000),
    });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain(":");
    expect(Date.now()).toBeGreaterThanOrEqual(Math.floor(until.getTime() / 1000) * 1000);
  });

  it("are lines of JSON", async () => {
    const response = await get(`${await serve()}/v1/lines`);
    expect(response.headers.get("content-type")).toBe("application/x-ndjson");
    if (!response.body) throw new Error("no body");
    expect(await Readable.from(linesOf(response.body)).toArray()).toEqual(['{"n":1}', '{"n":2}']);
  });

  it("are bytes in both directions, of any size and type", async () => {
    const url = await serve();
    const download = await get(`${url}/v1/bytes`);
    expect(download.headers.get("content-length")).toBe("5");
    expect(await download.text()).toBe("bytes");
    const body = new Uint8Array(20 * 1024 * 1024).fill(7);
    for (const type of ["application/octet-stream", "application/gzip", undefined]) {
      const upload = await get(
        `${url}/v1/bytes`,
        { method: "POST", body },
        type === undefined ? {} : { "content-type": type },
      );
      expect(await upload.json()).toEqual({
        digest: createHash("sha256").update(body).digest("hex"),
        sizeBytes: body.length,
      });
    }
  });
});
