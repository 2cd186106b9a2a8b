// Prints, as JSON, what a decision about a known token costs: run by the benchmarks in a process of its own.
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { Authorizer, isCaller } from "../../src/authorization/authorizer.ts";
import { routePolicyOf } from "../../src/authorization/route-policy.ts";
import { PlatformTokens } from "../harness/platform-tokens.ts";

const TOKENS = 1_000;
const ROUNDS = 15;
const DECISIONS = 20_000;

const platform = new PlatformTokens();
const authorizer = new Authorizer({ now: () => performance.now(), timeOfDay: Date.now });
authorizer.freshness.heard(0);
const [key, value] = platform.entry;
authorizer.trust.commit(authorizer.trust.prepare([[key, value as never]], false));
const policy = routePolicyOf({
  owner: "acme/web/shop/production",
  settings: {
    authorization: {
      kind: "biscuit",
      policy: 'allow if role($org, "developer"), resource_org($org), method("GET")',
      identity: "none",
      staleAfterSeconds: 300,
    },
  },
});
if (!policy) throw new Error("the route has no policy");

/** A request as Node's parser makes it: every header's text is a new string. */
function requestWith(token: string) {
  const request = new IncomingMessage(new Socket());
  request.method = "GET";
  request.rawHeaders.push(
    "Host",
    "shop.localhost",
    "Accept",
    "*/*",
    "Authorization",
    `Bearer ${token}`,
  );
  Object.assign(request.headers, { host: "shop.localhost", authorization: `Bearer ${token}` });
  return { request, host: "shop.localhost", path: "/" };
}

const copyOf = (text = ""): string => Buffer.from(text).toString("latin1");
const texts = Array.from({ length: TOKENS }, () => platform.sign().toString());
for (const text of texts) await authorizer.authorize(requestWith(text), policy);

const micros: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  // Each with a string of its own, as a parser makes them: none is known by its identity or has its hash already.
  const requests = Array.from({ length: DECISIONS }, (_, i) =>
    requestWith(copyOf(texts[i % TOKENS])),
  );
  const before = process.cpuUsage();
  let letIn = 0;
  for (const request of requests) {
    const verdict = authorizer.authorize(request, policy);
    if (!(verdict instanceof Promise) && isCaller(verdict)) letIn += 1;
  }
  const { user, system } = process.cpuUsage(before);
  if (letIn !== DECISIONS) throw new Error(`${DECISIONS - letIn} known tokens were not let in`);
  micros.push((user + system) / DECISIONS);
}
process.stdout.write(JSON.stringify({ micros: micros.slice(5) }));
