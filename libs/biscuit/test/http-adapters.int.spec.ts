import express, { type Request as ExpressRequest } from "express";
import fastify, { type FastifyRequest } from "fastify";
import { createServer, request as httpRequest, type Server } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { type ExpressGate, expressGate } from "../src/express.ts";
import { fastifyGate } from "../src/fastify.ts";
import { type AuthorizationEvent, authorizationOf, type GateOptions } from "../src/http/index.ts";
import {
  Biscuit,
  biscuit,
  BiscuitError,
  block,
  definePolicy,
  fact,
  KeyPair,
  rule,
} from "../src/index.ts";

const key = KeyPair.generate();
const verifier = { verify: (text: string) => Biscuit.parse(text, key.publicKey) };
const policy = definePolicy(`allow if order($id), right($id, "read");`);
const token = biscuit`user("alice"); right("7", "read");`.sign(key);
const subject = rule`u($u) <- user($u)`;

/** What every adapter's application below does with what the gate let in. */
function handle(request: object, id: string): object {
  if (id === "broken") throw new Error("the handler failed");
  if (id === "biscuit") throw new BiscuitError("invalid-signature", "the handler's own");
  const authorization = authorizationOf(request);
  return {
    id,
    user: authorization.token.query(subject)[0]?.[0],
    by: authorization.decision.policy.index,
  };
}

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

interface Served {
  readonly url: string;
  readonly events: AuthorizationEvent[];
}

type Serve = (options?: {
  readonly failing?: boolean;
  readonly tells?: boolean;
}) => Promise<Served>;

function gateOptions<Request>({ failing = false, tells = false }: Parameters<Serve>[0] = {}) {
  const events: AuthorizationEvent[] = [];
  const options: GateOptions<Request> = {
    verifier: failing
      ? { verify: () => Promise.reject(new Error("no route to the revocation store")) }
      : verifier,
    realm: "orders",
    mayKnowWhy: () => tells,
    audit: (event) => void events.push(event),
  };
  return { events, options };
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      open.push(() => new Promise((done) => server.close(done)));
      resolve(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`);
    });
  });
}

const everyId = biscuit`right("broken", "read"); right("biscuit", "read"); right("7", "read");`;

const withExpress: Serve = async (given) => {
  const { events, options } = gateOptions<ExpressRequest>(given);
  const gate: ExpressGate<ExpressRequest> = expressGate(options);
  const app = express();
  const facts = (request: ExpressRequest) => [fact("order", String(request.params["id"]))];
  app.get("/orders/:id", gate.authorize(policy, facts), (request, response) => {
    response.json(handle(request, String(request.params["id"])));
  });
  app.get("/late/:id", gate.authorize(policy, facts), async (request, response) => {
    await Promise.resolve();
    response.json(handle(request, String(request.params["id"])));
  });
  app.get("/open", (request, response) => void response.json(handle(request, "open")));
  app.use(((error, _request, response, _next) => {
    response.status(500).json({ failed: String(error) });
  }) satisfies express.ErrorRequestHandler);
  return { url: await listen(createServer(app)), events };
};

const withFastify: Serve = async (given) => {
  const { events, options } = gateOptions<FastifyRequest>(given);
  const gate = fastifyGate(options);
  const app = fastify();
  const facts = (request: FastifyRequest) => {
    const { params } = request;
    return [fact("order", String(Reflect.get(Object(params), "id")))];
  };
  const guarded = { preHandler: gate.authorize(policy, facts) };
  const idOf = ({ params }: FastifyRequest) => String(Reflect.get(Object(params), "id"));
  app.get("/orders/:id", guarded, (request, reply) => reply.send(handle(request, idOf(request))));
  app.get("/late/:id", guarded, async (request) => {
    await Promise.resolve();
    return handle(request, idOf(request));
  });
  app.get("/open", (request) => handle(request, "open"));
  app.setErrorHandler((error, _request, reply) => reply.code(500).send({ failed: String(error) }));
  open.push(() => app.close());
  return { url: await app.listen({ port: 0, host: "127.0.0.1" }), events };
};

const get = (url: string, authorization?: string) =>
  fetch(url, {
    signal: AbortSignal.timeout(10_000),
    headers: authorization === undefined ? {} : { authorization },
  });

const bearer = `Bearer ${token.toString()}`;

describe.each([
  ["Express", withExpress],
  ["Fastify", withFastify],
] as const)("the %s adapter", (_, serve) => {
  it("lets a request in that the policy allows, and the handler knows whose it is", async () => {
    const { url, events } = await serve();
    const answer = await get(`${url}/orders/7?secret=x`, bearer);
    expect([answer.status, await answer.json()]).toEqual([200, { id: "7", user: "alice", by: 0 }]);
    expect(events).toMatchObject([
      { outcome: "allowed", token: { revocationIds: token.revocationIds } },
    ]);
    expect(JSON.stringify(events)).not.toContain("secret");
  });

  it.each([
    [undefined, 401, 'Bearer realm="orders"', undefined],
    ["Bearer", 400, "invalid_request", "invalid_request"],
    ["bearer nonsense", 401, "invalid_token", "invalid_token"],
  ])("answers %j with %i", async (authorization, status, challenge, error) => {
    const { url } = await serve();
    const answer = await get(`${url}/orders/7`, authorization);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("www-authenticate")).toContain(challenge);
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    expect(await answer.json()).toMatchObject({ status, ...(error !== undefined && { error }) });
  });

  it("answers 403 to a token that is not enough, with the reasons for those entitled", async () => {
    const discreet = await serve();
    const refused = await get(`${discreet.url}/orders/8`, bearer);
    expect([refused.status, await refused.json()]).toMatchObject([
      403,
      { error: "insufficient_scope" },
    ]);
    expect(discreet.events).toMatchObject([{ outcome: "refused", reason: "no-policy" }]);
    const narrowed = token.attenuate(block`check if operation("list");`).toString();
    const { url } = await serve({ tells: true });
    const told: unknown = await (await get(`${url}/orders/7`, `Bearer ${narrowed}`)).json();
    expect(told).toMatchObject({ why: expect.arrayContaining([expect.stringContaining("list")]) });
  });

  it.each(["orders/broken", "late/broken", "orders/biscuit", "late/biscuit"])(
    "makes no refusal of an exception of the handler of %s",
    async (path) => {
      const { url, events } = await serve();
      const all = everyId.sign(key).toString();
      const answer = await get(`${url}/${path}`, `Bearer ${all}`);
      expect(answer.status).toBe(500);
      expect(await answer.text()).toContain("the handler");
      expect(events).toMatchObject([{ outcome: "allowed" }]);
    },
  );

  it("fails, and lets nobody in, when the verifier itself fails", async () => {
    const { url } = await serve({ failing: true });
    expect((await get(`${url}/orders/7`, bearer)).status).toBe(500);
  });

  it("has no authorization for a route without a policy", async () => {
    const { url } = await serve();
    const answer = await get(`${url}/open`, bearer);
    expect([answer.status, await answer.text()]).toEqual([
      500,
      expect.stringContaining("passed no authorization"),
    ]);
  });

  it("refuses two Authorization fields", async () => {
    const { url } = await serve();
    const status = await new Promise((resolve, reject) => {
      const sent = httpRequest(`${url}/orders/7`, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      sent.on("error", reject);
      sent.setHeader("authorization", [bearer, bearer]);
      sent.end();
    });
    expect(status).toBe(400);
  });
});
