import "reflect-metadata";
import { Biscuit, biscuit, block, definePolicy, fact, KeyPair, rule } from "@bastide/biscuit";
import type { AuthorizationEvent } from "@bastide/biscuit/http";
import {
  Controller,
  Get,
  type INestApplication,
  Injectable,
  Module,
  Param,
  UseGuards,
} from "@nestjs/common";
import { APP_GUARD, NestFactory } from "@nestjs/core";
import { ExpressAdapter } from "@nestjs/platform-express";
import { FastifyAdapter } from "@nestjs/platform-fastify";
import { afterEach, describe, expect, it } from "vitest";
import {
  Authorize,
  BiscuitGuard,
  BiscuitModule,
  type BiscuitModuleOptions,
  type NestRequest,
  Public,
  Token,
} from "../src/index.ts";

const root = KeyPair.generate();
const alice = biscuit`user("alice"); right("7", "read"); right("broken", "read");`.sign(root);
const bearer = `Bearer ${alice.toString()}`;
const subject = rule`u($u) <- user($u)`;
const orderOf = ({ params }: NestRequest) => [
  fact("order", String(Reflect.get(Object(params), "id"))),
];

@Controller("orders")
@Authorize(`allow if user($u);`)
class OrdersController {
  @Get(":id")
  @Authorize(`allow if order($id), right($id, "read");`, orderOf)
  read(@Param("id") id: string, @Token() token: Biscuit): object {
    if (id === "broken") throw new Error("the handler failed");
    return { id, user: token.query(subject)[0]?.[0] };
  }

  @Get()
  list(@Token() token: Biscuit): object {
    return { blocks: token.blocks.length };
  }
}

const nobody = definePolicy("deny if true;");

@Controller()
class OtherController {
  @Get("forgotten")
  forgotten(): string {
    return "hello";
  }

  @Public("it says nothing of anybody")
  @Get("health")
  health(): object {
    return { healthy: true };
  }

  @Authorize((token) => nobody.authorize(token))
  @Get("never")
  never(): string {
    return "hello";
  }
}

@Injectable()
class Keys {
  readonly publicKey = root.publicKey;
}

@Module({ providers: [Keys], exports: [Keys] })
class KeysModule {}

let app: INestApplication | undefined;
let events: AuthorizationEvent[] = [];
afterEach(async () => {
  await app?.close();
  app = undefined;
  events = [];
});

const optionsWith = (key: KeyPair["publicKey"]): BiscuitModuleOptions => ({
  verifier: { verify: (text) => Biscuit.parse(text, key) },
  realm: "orders",
  mayKnowWhy: (token) => token.query(subject).length > 0,
  audit: (event) => void events.push(event),
});

async function serve(adapter: ExpressAdapter | FastifyAdapter): Promise<string> {
  @Module({
    imports: [
      BiscuitModule.forRootAsync({
        imports: [KeysModule],
        inject: [Keys],
        useFactory: ({ publicKey }: Keys) => optionsWith(publicKey),
      }),
    ],
    controllers: [OrdersController, OtherController],
    providers: [{ provide: APP_GUARD, useExisting: BiscuitGuard }],
  })
  class TestModule {}
  app = await NestFactory.create(TestModule, adapter, { logger: false });
  await app.listen(0, "127.0.0.1");
  return app.getUrl();
}

const get = (url: string, authorization?: string) =>
  fetch(url, {
    signal: AbortSignal.timeout(10_000),
    headers: authorization === undefined ? {} : { authorization },
  });

describe.each([
  ["Express", () => new ExpressAdapter()],
  ["Fastify", () => new FastifyAdapter()],
] as const)("BiscuitModule on %s", (_, adapter) => {
  it("lets in what the handler's policy allows and gives the handler the token", async () => {
    const answer = await get(`${await serve(adapter())}/orders/7`, bearer);
    expect([answer.status, await answer.json()]).toEqual([200, { id: "7", user: "alice" }]);
    expect(events).toEqual([
      expect.objectContaining({
        outcome: "allowed",
        action: "OrdersController.read",
        policy: expect.objectContaining({ kind: "allow", index: 0 }),
        token: { rootKeyId: undefined, revocationIds: alice.revocationIds },
      }),
    ]);
  });

  it("applies the controller's policy to handlers without one", async () => {
    const url = await serve(adapter());
    expect(await (await get(`${url}/orders`, bearer)).json()).toEqual({ blocks: 1 });
    const stranger = biscuit`service("x");`.sign(root).toString();
    expect((await get(`${url}/orders`, `Bearer ${stranger}`)).status).toBe(403);
  });

  it.each([
    ["no token", undefined, 401, 'Bearer realm="orders"', "no-token"],
    ["half a field", "Bearer", 400, "invalid_request", "malformed-request"],
    ["nonsense", "Bearer nonsense", 401, "invalid_token", "invalid-token"],
  ])(
    "answers %s by RFC 6750 and RFC 9457",
    async (_name, authorization, status, challenge, reason) => {
      const answer = await get(`${await serve(adapter())}/orders/7`, authorization);
      expect(answer.status).toBe(status);
      expect(answer.headers.get("www-authenticate")).toContain(challenge);
      expect(answer.headers.get("content-type")).toContain("application/problem+json");
      expect(await answer.json()).toMatchObject({ status });
      expect(events).toMatchObject([{ outcome: "refused", reason, status }]);
    },
  );

  it("tells those entitled why, and records who was refused by which check", async () => {
    const narrowed = alice.attenuate(block`check if operation("list");`);
    const answer = await get(`${await serve(adapter())}/orders/7`, `Bearer ${narrowed.toString()}`);
    expect(await answer.json()).toMatchObject({
      error: "insufficient_scope",
      why: expect.arrayContaining([expect.stringContaining('operation("list")')]),
    });
    expect(events).toMatchObject([
      {
        reason: "check-failed",
        failedChecks: [{ origin: 1 }],
        token: { revocationIds: narrowed.revocationIds },
      },
    ]);
    expect(JSON.stringify(events)).not.toContain(narrowed.toString().slice(0, 60));
  });

  it("makes no refusal of an exception of the handler", async () => {
    const answer = await get(`${await serve(adapter())}/orders/broken`, bearer);
    expect(answer.status).toBe(500);
    expect(events).toMatchObject([{ outcome: "allowed" }]);
  });

  it("closes routes that nobody decided about, and opens those that are public", async () => {
    const url = await serve(adapter());
    expect((await get(`${url}/forgotten`, bearer)).status).toBe(403);
    expect((await get(`${url}/never`, bearer)).status).toBe(403);
    expect(await (await get(`${url}/health`)).json()).toEqual({ healthy: true });
  });
});

it("takes plain options, and guards single controllers", async () => {
  @UseGuards(BiscuitGuard)
  @Authorize(`allow if user("alice");`)
  @Controller("one")
  class OneController {
    @Get()
    one(): object {
      return { one: 1 };
    }
  }
  @Module({
    imports: [BiscuitModule.forRoot(optionsWith(root.publicKey))],
    controllers: [OneController],
  })
  class TestModule {}
  app = await NestFactory.create(TestModule, new FastifyAdapter(), { logger: false });
  await app.listen(0, "127.0.0.1");
  const url = await app.getUrl();
  expect((await get(`${url}/one`)).status).toBe(401);
  expect((await get(`${url}/one`, bearer)).status).toBe(200);
});

it("refuses a policy that does not parse where it is declared, with its position", () => {
  expect(() => Authorize("allow if user($u")).toThrow(/line 1/);
});
