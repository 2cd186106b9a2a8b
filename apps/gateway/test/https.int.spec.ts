import { connect as connectHttp2 } from "node:http2";
import { request } from "node:https";
import { connect as connectNet } from "node:net";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { route } from "../src/table/route.fixture.ts";
import { TestAuthority } from "./harness/certificates.ts";
import { ask } from "./harness/http-client.ts";
import { httpApp, RawClient, type TestServer } from "./harness/sockets.ts";
import { TestGateway } from "./harness/test-gateway.ts";

let authority: TestAuthority;
let app: TestServer;

beforeAll(async () => {
  authority = await TestAuthority.make("test authority");
  app = await httpApp((incoming, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ url: incoming.url, headers: incoming.headers }));
  });
});
afterAll(() => app[Symbol.asyncDispose]());

interface HttpsAnswer {
  readonly status: number;
  readonly body: string;
  readonly location: string | undefined;
}

/** One request over HTTPS and HTTP/1.1, verified against the test's authority. */
function fetchSecure(
  port: number,
  host: string,
  options: { path?: string; servername?: string } & Pick<ConnectionOptions, "cert" | "key"> = {},
): Promise<HttpsAnswer> {
  const { path = "/", servername = host, ...rest } = options;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: "127.0.0.1",
        port,
        path,
        servername,
        headers: { host: `${host}:${port}` },
        ca: authority.pem,
        agent: false,
        checkServerIdentity: () => undefined,
        ...rest,
      },
      (incoming) => {
        let body = "";
        incoming.setEncoding("utf8");
        incoming.on("data", (chunk: string) => (body += chunk));
        incoming.on("end", () =>
          resolve({ status: incoming.statusCode ?? 0, body, location: incoming.headers.location }),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end();
  });
}

/** A finished handshake, or what it failed with. */
async function handshake(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port, ca: authority.pem, ...options });
  await once(socket, "secureConnect");
  return socket;
}

describe("HTTPS", () => {
  it("answers over HTTPS with the certificate of the name that the client asks for", async () => {
    const certificates = [
      await authority.certificate(["shop.test"]),
      await authority.certificate(["*.apps.test"]),
    ];
    const routes = [route("shop.test", [app.port]), route("a.apps.test", [app.port])];
    await using gateway = await TestGateway.startSecure(routes, { certificates });
    const port = gateway.httpsPort ?? 0;
    for (const servername of ["shop.test", "a.apps.test"]) {
      const socket = await handshake(port, { servername });
      expect(socket.authorized).toBe(true);
      socket.destroy();
    }
    const answer = await fetchSecure(port, "shop.test", { path: "/a?b" });
    expect(answer.status).toBe(200);
    const seen = JSON.parse(answer.body);
    expect(seen.url).toBe("/a?b");
    expect(seen.headers).toMatchObject({
      "x-forwarded-proto": "https",
      "x-forwarded-port": String(port),
      host: `shop.test:${port}`,
    });
    expect((await ask(gateway.port, "/", { headers: { host: "shop.test" } })).status).toBe(200);
    expect(gateway.errors).toEqual([]);
  });
});
void connectHttp2;
void connectNet;
void RawClient;
