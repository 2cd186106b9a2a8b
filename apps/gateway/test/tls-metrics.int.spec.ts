import { afterAll, beforeAll, expect, it } from "vitest";
import { route } from "../src/table/route.fixture.ts";
import { TestAuthority } from "./harness/certificates.ts";
import { ask } from "./harness/http-client.ts";
import { HttpsClient } from "./harness/https-client.ts";
import { httpApp, RawClient, type TestServer, until } from "./harness/sockets.ts";
import { TestGateway } from "./harness/test-gateway.ts";

const HOST = "shop.test";
const STAFF = "staff.test";

let authority: TestAuthority;
let clients: TestAuthority;
let app: TestServer;
let gateway: TestGateway;
beforeAll(async () => {
  authority = await TestAuthority.make("site");
  clients = await TestAuthority.make("clients");
  app = await httpApp((_, response) => response.end("ok"));
  gateway = await TestGateway.startSecure(
    [
      route(HOST, [app.port]),
      route(STAFF, [app.port], { settings: { clientAuthorities: clients.pem } }),
    ],
    { certificates: [await authority.certificate([HOST]), await authority.certificate([STAFF])] },
    { headersTimeoutMs: 300 },
  );
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

async function counted(series: string): Promise<number> {
  const { body } = await ask(gateway.port, "/.bastide/metrics", {
    headers: { host: "127.0.0.1" },
  });
  const line = body.split("\n").find((one) => one.startsWith(`bastide_gateway_${series} `));
  if (line === undefined) throw new Error(`there is no ${series} in\n${body}`);
  // Each call takes what was counted since the one before.
  sums.set(series, (sums.get(series) ?? 0) + Number(line.split(" ")[1]));
  return sums.get(series) ?? 0;
}
const sums = new Map<string, number>();
const handshakes = (version: string, outcome: string) =>
  `tls_handshakes_total{version="${version}",outcome="${outcome}"}`;

const client = () => new HttpsClient(gateway.httpsPort, authority.pem);
const bytes = (text: string) => new RawClient(gateway.httpsPort ?? 0, text);

it.each<[string, string, () => Promise<unknown>]>([
  [
    "one over TLS 1.3",
    handshakes("TLSv1.3", "done"),
    async () => client().fetch(HOST, { minVersion: "TLSv1.3" }),
  ],
  [
    "one over TLS 1.2",
    handshakes("TLSv1.2", "done"),
    async () => client().fetch(HOST, { maxVersion: "TLSv1.2" }),
  ],
  [
    "a name without a certificate",
    handshakes("none", "unrecognized-name"),
    async () => client().shown("unknown.test"),
  ],
  [
    "a version that is not spoken",
    handshakes("none", "failed"),
    async () =>
      client().shown(HOST, {
        maxVersion: "TLSv1.1",
        minVersion: "TLSv1",
        ciphers: "DEFAULT@SECLEVEL=0",
      }),
  ],
  [
    "what is no TLS",
    handshakes("none", "not-tls"),
    async () => {
      using plain = bytes("GET / HTTP/1.1\r\n\r\n");
      await plain.closes();
    },
  ],
  [
    "one that says nothing",
    handshakes("none", "timeout"),
    async () => {
      using silent = bytes("");
      await silent.closes();
    },
  ],
  [
    "one that never finishes",
    handshakes("none", "timeout"),
    async () => {
      using half = bytes("\u0016\u0003\u0001");
      await half.closes();
    },
  ],
  [
    "a client without the certificate that it is asked for",
    'client_certificates_total{presented="none"}',
    async () => client().fetch(STAFF),
  ],
  [
    "a client with another authority's",
    'client_certificates_total{presented="unverified"}',
    async () => client().fetch(STAFF, await own(authority)),
  ],
  [
    "a client with a good one",
    'client_certificates_total{presented="verified"}',
    async () => client().fetch(STAFF, await own(clients)),
  ],
  [
    "a request that is refused for want of a certificate",
    'refusals_total{kind="client-certificate"}',
    async () => client().fetch(STAFF),
  ],
])("counts %s", async (_, series, act) => {
  const before = await counted(series);
  await act();
  await until("it is counted", async () => (await counted(series)) > before);
  expect(await counted(series)).toBe(before + 1);
});

it("says when the next certificate ends, and names none to whoever asks over HTTP", async () => {
  const { body } = await ask(gateway.port, "/.bastide/metrics", { headers: { host: "127.0.0.1" } });
  const [, at = ""] = /certificate_next_expiry_timestamp_seconds (\d+)/.exec(body) ?? [];
  const soonest = gateway.tls.certificates.all().map(({ notAfterMs }) => notAfterMs);
  expect(Number(at)).toBe(Math.min(...soonest) / 1000);
  expect(body).toContain("bastide_gateway_certificates 2\n");
  expect(body).not.toContain(HOST);
});

async function own(issuer: TestAuthority): Promise<{ cert: string; key: string }> {
  const { chain, key } = await issuer.pair("CN=alice", []);
  return { cert: chain, key };
}
