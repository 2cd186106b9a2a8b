import { expect, it } from "vitest";
import { authorizationOf, expressGate } from "./express.ts";
import { Biscuit, biscuit, definePolicy, KeyPair } from "./index.ts";

const key = KeyPair.generate();
const verifier = { verify: (text: string) => Biscuit.parse(text, key.publicKey) };
const authorization = `Bearer ${biscuit`user("alice");`.sign(key).toString()}`;
const middleware = expressGate({ verifier }).authorize(definePolicy("allow if user($u);"));

const responded: string[] = [];
const response = {
  statusCode: 200,
  setHeader: (name: string) => responded.push(name),
  end: (body: string) => responded.push(body),
};

it("lets out what later handlers throw, and answers nothing in their place", async () => {
  const next = (): never => {
    throw new Error("the handler failed");
  };
  const request = { headers: { authorization }, method: "GET", originalUrl: "/" };
  await expect(middleware(request, response, next)).rejects.toThrow("the handler failed");
  expect([response.statusCode, responded]).toEqual([200, []]);
  expect(authorizationOf(request).decision.policy.index).toBe(0);
});
