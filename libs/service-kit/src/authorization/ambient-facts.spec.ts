import { endpoints } from "@bastide/contracts";
import { expect, it } from "vitest";
import { ambientFactsOf } from "./ambient-facts.ts";

const request = {
  parameters: { organisation: "acme", project: "web", app: "shop", environment: "production" },
  body: undefined,
  host: "bastide.localhost",
  clientIp: "127.0.0.1",
};
const digest = `sha256:${"0".repeat(64)}`;

it("states the resource that the path names, and every operation that carries the one asked", () => {
  const facts = ambientFactsOf(endpoints.sources.upload, request, new Date(5000));
  expect(facts).toMatchObject({
    time: 5,
    resource_org: "acme",
    resource_project: "web",
    app: "shop",
    environment: "production",
    client_ip: "127.0.0.1",
    method: "POST",
    path: "/v1/organisations/acme/projects/web/apps/shop/sources",
  });
  expect(facts.operation).toEqual(["administer", "develop", "deploy", "upload"]);
});

it("states the digest of the source that is deployed, and nothing that is none", () => {
  const of = (body: unknown) =>
    ambientFactsOf(endpoints.deployments.create, { ...request, body }, new Date()).digest;
  expect(of({ source: digest })).toBe(digest);
  expect(of({ source: "x" })).toBeUndefined();
  expect(of("text")).toBeUndefined();
});
