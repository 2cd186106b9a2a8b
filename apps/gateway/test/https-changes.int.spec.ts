import { expect, it } from "vitest";
import { route } from "../src/table/route.fixture.ts";
import { TestAuthority } from "./harness/certificates.ts";
import { Http2Client } from "./harness/http2-client.ts";
import { HttpsClient } from "./harness/https-client.ts";
import { httpApp, until } from "./harness/sockets.ts";
import { TestGateway } from "./harness/test-gateway.ts";

const HOST = "shop.test";

it("fails no request over HTTPS and HTTP/2 while routes and certificates change under load", async () => {
  const authority = await TestAuthority.make("server authority");
  await using blue = await httpApp((_, response) => response.end("blue"));
  await using green = await httpApp((_, response) => response.end("green"));
  const certificates = await Promise.all(
    [0, 1, 2].map((number) =>
      authority.certificate([HOST], {
        name: `private-ca:${HOST}`,
        life: { notAfter: new Date(Date.now() + (number + 9) * 86_400_000) },
      }),
    ),
  );
  const at = (turn: number) => ({
    routes: [route(HOST, [turn % 2 === 0 ? blue.port : green.port]), route(`${turn}.test`, [])],
    secrets: { certificates: certificates.slice(turn % 3, (turn % 3) + 1) },
  });
  await using gateway = await TestGateway.startSecure(at(0).routes, at(0).secrets);
  const https = new HttpsClient(gateway.httpsPort, authority.pem);
  using session = await Http2Client.connect(gateway.httpsPort ?? 0, authority.pem, {
    servername: HOST,
  });
  const statuses: (number | string)[] = [];
  const over = new AbortController();
  const often = async (ask: () => Promise<{ status: number }>) => {
    while (!over.signal.aborted) statuses.push(await ask().then(({ status }) => status, String));
  };
  const newSession = async () => {
    using fresh = await Http2Client.connect(gateway.httpsPort ?? 0, authority.pem, {
      servername: HOST,
    });
    return await fresh.ask();
  };
  const loops = [
    often(() => session.ask()),
    often(() => session.ask()),
    often(() => https.fetch(HOST)),
    often(newSession),
  ];
  for (let turn = 1; turn <= 300; turn++) {
    const { routes, secrets } = at(turn);
    gateway.applyAll(routes, secrets);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until("enough requests", () => statuses.length > 300);
  over.abort();
  await Promise.all(loops);
  expect(statuses.filter((status) => status !== 200)).toEqual([]);
});
