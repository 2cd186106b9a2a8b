import {
  biscuitFromSource,
  blockFromSource,
  type Decision,
  KeyPair,
  KeyRing,
} from "@bastide/biscuit";
import { API_POLICY, type Endpoint, endpoints, OPERATION_NAMES } from "@bastide/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ambientFactsOf } from "./ambient-facts.ts";
import { ApiAuthorizer } from "./api-authorizer.ts";

const root = KeyPair.generate();
const authorizer = new ApiAuthorizer(
  KeyRing.of([{ id: 1, publicKey: root.publicKey }]),
  API_POLICY,
);

const all: readonly Endpoint[] = Object.values(endpoints).flatMap((verbs) => Object.values(verbs));
const tenants = all.filter(({ path }) => path.includes("{organisation}"));
const machines = all.filter(({ path }) => /\{(node|gateway)\}/.test(path));
const platform = all.filter(({ operation }) => operation === "operate" || operation === "revoke");

const VICTIM = "victim";
/** Names that an attacker has something in; a project and a node may well be called as the victim's. */
const other = fc.constantFrom("mallory", "eve");
const project = fc.constantFrom("web", "main");
const role = fc.constantFrom("owner", "developer", "viewer", "admin");
const operation = fc.constantFrom(...OPERATION_NAMES);

/** Whatever the platform may have signed for somebody who has nothing to do with the victim. */
const authority = fc
  .array(
    fc.oneof(
      fc.constant(`user("mallory");`),
      other.map((name) => `member("${name}");`),
      fc.tuple(other, role).map(([name, held]) => `role("${name}", "${held}");`),
      fc.tuple(other, project, operation).map((right) => `right("${right.join('", "')}");`),
      fc.constant(`node("n2");`),
      fc.constant(`gateway("n2");`),
      fc.constant(`platform_role("auditor");`),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((facts) => [...new Set(facts)].join("\n"));

/** Whatever an attacker appends, who may write anything. */
const appended = fc
  .array(
    fc.constantFrom(
      `role("${VICTIM}", "owner");`,
      `member("${VICTIM}");`,
      `platform_role("admin");`,
      `right("${VICTIM}", "web", "develop");`,
      `node("n1");`,
      `gateway("n1");`,
      `resource_org("mallory");`,
      `resource_node("n2");`,
      `operation("view");`,
      `path("/v1/whoami");`,
      `role("${VICTIM}", "owner") <- user($u);`,
      `platform_role($r) <- role($o, $r);`,
      `resource_org($o) <- role($o, $r);`,
    ),
    { maxLength: 6 },
  )
  .map((code) => code.join("\n"));

function decide(token: string, endpoint: Endpoint): Decision {
  const request = {
    parameters: parametersOf(endpoint.path),
    body: undefined,
    host: "bastide.localhost",
    clientIp: "127.0.0.1",
  };
  const facts = ambientFactsOf(endpoint, request, new Date());
  return authorizer.decide(authorizer.verify(token), facts);
}

const VALUES: Readonly<Record<string, string>> = {
  organisation: VICTIM,
  project: "web",
  app: "shop",
  environment: "production",
  node: "n1",
  gateway: "n1",
};

const parametersOf = (path: string): Record<string, string> =>
  Object.fromEntries(
    [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => [name, VALUES[name] ?? "x"]),
  );

/** A token whose blocks after the first were each appended by whoever held it then. */
function signed(code: string, ...blocks: readonly string[]): string {
  const token = biscuitFromSource(code).rootKeyId(1).sign(root);
  return blocks.reduce((held, more) => held.attenuate(blockFromSource(more)), token).toString();
}

describe("the API's policy", () => {
  it.each([
    ["another organisation", tenants],
    ["another node or gateway", machines],
    ["the platform", platform],
  ])("lets nobody from elsewhere into %s, whatever they append to their token", (_, targets) => {
    fc.assert(
      fc.property(authority, appended, fc.constantFrom(...targets), (facts, more, endpoint) => {
        expect(decide(signed(facts, more), endpoint)).toMatchObject({ allowed: false });
      }),
      { numRuns: 300 },
    );
  });

  it("lets nothing in that an attenuation forbids", () => {
    const forbidding = fc.constantFrom(
      `check if app("other");`,
      `check if environment("staging");`,
      `check if resource_org("mallory");`,
      `check if operation("serve-node");`,
      `check if digest("sha256:0");`,
      `check if time($t), $t < 2020-01-01T00:00:00Z;`,
      `check if client_ip("10.0.0.1");`,
      `check if false;`,
    );
    fc.assert(
      fc.property(forbidding, appended, fc.constantFrom(...tenants), (check, more, endpoint) => {
        const token = signed(`user("a"); platform_role("admin");`, check, more);
        expect(decide(token, endpoint)).toMatchObject({ allowed: false });
      }),
    );
  });

  it.each([
    ["owner", ["administer", "deploy", "configure", "organise", "destroy", "logs"]],
    ["developer", ["deploy", "rollback", "scale", "configure", "upload", "status", "logs"]],
    ["viewer", ["status", "logs"]],
  ])("lets an organisation's %s do exactly what the role carries", (held, carried) => {
    const token = signed(`user("u"); role("${VICTIM}", "${held}");`);
    for (const endpoint of tenants) {
      const isOwners = held === "owner" && endpoint.operation !== "operate";
      const expected = isOwners || carried.includes(endpoint.operation);
      expect([endpoint.summary, decide(token, endpoint).allowed]).toEqual([
        endpoint.summary,
        expected,
      ]);
    }
  });

  it("lets a right be used in its project and for what it carries", () => {
    const token = signed(`user("ci"); right("${VICTIM}", "web", "deploy");`);
    const elsewhere = signed(`user("ci"); right("${VICTIM}", "main", "deploy");`);
    for (const { upload } of [endpoints.sources]) {
      expect(decide(token, upload).allowed).toBe(true);
      expect(decide(elsewhere, upload).allowed).toBe(false);
    }
    expect(decide(token, endpoints.deployments.rollback).allowed).toBe(false);
  });

  it("lets a node and a gateway serve themselves", () => {
    expect(decide(signed(`node("n1");`), endpoints.nodes.desired).allowed).toBe(true);
    expect(decide(signed(`gateway("n1");`), endpoints.gateways.table).allowed).toBe(true);
    expect(decide(signed(`node("n1");`), endpoints.gateways.table).allowed).toBe(false);
  });

  it("knows until when a token is good", () => {
    const token = signed(`user("a"); check if time($t), $t < 2020-01-01T00:00:00Z;`);
    const caller = authorizer.callerOf(authorizer.verify(token));
    expect(caller.expiresAt).toEqual(new Date("2020-01-01"));
  });

  it("verifies a token once", () => {
    const token = signed(`user("a");`);
    expect(authorizer.verify(token)).toBe(authorizer.verify(token));
  });
});
