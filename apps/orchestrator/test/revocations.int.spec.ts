import { biscuit, block, KeyPair, UnverifiedBiscuit } from "@bastide/biscuit";
import { ApiError, endpoints } from "@bastide/contracts";
import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RevocationsService } from "../src/revocations/revocations.service.ts";
import { signal, TestPlatform, until } from "./platform.ts";

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start();
});
afterAll(() => platform[Symbol.asyncDispose]());

const { create, list } = endpoints.revocations;
const idOf = (token: string, at = -1): string =>
  UnverifiedBiscuit.parse(token).revocationIds.at(at) ?? "";
const revoke = (id: string, expiresAt?: string) =>
  platform.admin.call(create, { body: { id, ...(expiresAt && { expiresAt }) }, signal });
const told = (id: string): boolean => platform.gateway.others.has(`revocation/${id}`);
const whoami = (token: string) =>
  platform.orchestrator
    .client(token)
    .call(endpoints.platform.whoami, { signal })
    .then(
      () => 200,
      (error: unknown) => (error instanceof ApiError ? error.problem.status : 0),
    );

describe("a revocation", () => {
  it("closes the API and is at every gateway when it is answered, for the token and all that stem from it", async () => {
    const token = platform.orchestrator.tokens.member("main", "viewer");
    const child = UnverifiedBiscuit.parse(token)
      .attenuate(block`check if operation("status");`)
      .toString();
    expect([await whoami(token), await whoami(child)]).toEqual([200, 200]);
    expect(await revoke(idOf(token))).toMatchObject({ inForce: true, createdBy: "user:admin" });
    expect(told(idOf(token))).toBe(true);
    expect([await whoami(token), await whoami(child)]).toEqual([401, 401]);
    expect((await platform.admin.call(list, { signal })).items).toMatchObject([
      { id: idOf(token) },
    ]);
  });

  it("may be made twice, and then lasts as long as the longer of the two", async () => {
    const id = "ab".repeat(64);
    await revoke(id, "2031-01-01T00:00:00.000Z");
    expect(await revoke(id, "2030-01-01T00:00:00.000Z")).toMatchObject({
      expiresAt: "2031-01-01T00:00:00.000Z",
    });
    expect(await revoke(id)).not.toHaveProperty("expiresAt");
  });

  it("is not for everybody, and names a signature", async () => {
    const owner = platform.orchestrator.client(
      platform.orchestrator.tokens.member("main", "owner"),
    );
    await expect(
      owner.call(create, { body: { id: "ab".repeat(64) }, signal }),
    ).rejects.toMatchObject({ code: "forbidden" });
    await expect(revoke("xyz")).rejects.toMatchObject({ code: "invalid-request" });
  });

  it("outlives a restart, and is forgotten once its tokens have expired", async () => {
    const [short, long] = ["cd".repeat(64), "ef".repeat(64)];
    await revoke(short, "2030-01-01T00:00:00.000Z");
    await revoke(long);
    await platform.orchestrator.restart();
    await until("it is told again", () => told(short) && told(long));
    const service = platform.orchestrator.app.get(RevocationsService);
    expect(await service.forget(new Date("2030-01-01T00:00:59.000Z"))).toBe(0);
    expect(await service.forget(new Date("2030-01-01T00:01:01.000Z"))).toBe(1);
    await until("it is forgotten", () => !told(short));
    expect(told(long)).toBe(true);
  });
});

it("root keys that are added or retired in their file count at once, here and at every gateway", async () => {
  const { rootKeysFile } = platform.orchestrator.config;
  const before = await readFile(rootKeysFile, "utf8");
  const next = KeyPair.generate();
  const token = biscuit`user("admin"); platform_role("admin");`.rootKeyId(2).sign(next).toString();
  expect(await whoami(token)).toBe(401);
  const keys: unknown[] = JSON.parse(before);
  await writeFile(
    rootKeysFile,
    JSON.stringify([...keys, { id: 2, publicKey: next.publicKey.toString() }]),
  );
  await until("the gateway knows it", () => platform.gateway.others.has("root-key/2"));
  expect(await whoami(token)).toBe(200);
  await writeFile(rootKeysFile, "no JSON");
  await until("it is said", () =>
    platform.orchestrator.log.some((line) => line.includes("the root keys cannot be read")),
  );
  expect(await whoami(token)).toBe(200);
  await writeFile(rootKeysFile, before);
  await until("the gateway forgot it", () => !platform.gateway.others.has("root-key/2"));
  expect(await whoami(token)).toBe(401);
});
