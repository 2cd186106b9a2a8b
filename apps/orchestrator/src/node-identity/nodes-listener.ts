import { createServer, type Server } from "node:https";
import { CALL_PROTOCOL, peerOf } from "@bastide/peer-tls";
import { problem } from "@bastide/contracts";
import { JsonLogger } from "@bastide/service-kit";
import { type BeforeApplicationShutdown, Injectable } from "@nestjs/common";
import { HttpAdapterHost } from "@nestjs/core";
import type { FastifyInstance } from "fastify";
import type { IncomingMessage, ServerResponse } from "node:http";
import { TLSSocket } from "node:tls";
import { Config } from "../config.ts";
import { ControlCredentials } from "./control-credentials.ts";

/** What nodes and gateways on other machines need; people and pipelines come through a gateway. */
const OPEN = /^\/v1\/(?:nodes(?:\/(?!join-tokens)|$)|gateways\/)/;
/** What a gateway gets has the private keys of certificates in it. */
const OF_GATEWAY = /^\/v1\/gateways\/([^/]+)/;
const RENEW_EVERY_MS = 24 * 3_600_000;
const HEADERS_TIMEOUT_MS = 15_000;

/** The control plane's second door: the same API, by TLS and for the platform's own programs on other machines. */
@Injectable()
export class NodesListener implements BeforeApplicationShutdown {
  #server: Server | undefined;
  #renewal: NodeJS.Timeout | undefined;

  constructor(
    private readonly config: Config,
    private readonly credentials: ControlCredentials,
    private readonly adapter: HttpAdapterHost,
    private readonly logger: JsonLogger,
  ) {}

  /** Nothing when the configuration has no address for it. Call it when the API answers. Gives the port. */
  async listen(): Promise<number | undefined> {
    const address = this.config.nodesListen;
    if (!address) return undefined;
    const server = createServer(
      {
        ...(await this.#credentials()),
        minVersion: "TLSv1.3",
        ALPNProtocols: [CALL_PROTOCOL],
        // A machine that joins has none yet, and a node shows its token.
        requestCert: true,
        rejectUnauthorized: false,
      },
      (request, response) => this.#answer(request, response),
    );
    server.headersTimeout = HEADERS_TIMEOUT_MS;
    // Uploads and streams are legal; each handler bounds its own time.
    server.requestTimeout = 0;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(address, resolve);
    });
    this.#server = server;
    this.#renewal = setInterval(() => void this.#renew(server), RENEW_EVERY_MS).unref();
    const bound = server.address();
    const port = typeof bound === "object" && bound ? bound.port : address.port;
    this.logger.info("listening for nodes on other machines", { host: address.host, port });
    return port;
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.#renewal);
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    const gateway = OF_GATEWAY.exec(path)?.[1];
    if (!OPEN.test(path))
      return refuse(
        response,
        problem("not-found", `${path} is not for nodes; it answers at the platform's own host`),
      );
    if (gateway !== undefined && !isGateway(request, gateway))
      return refuse(
        response,
        problem("forbidden", `only the gateway ${gateway} gets its table here, by its certificate`),
      );
    this.#fastify().routing(request, response);
  }

  #fastify(): FastifyInstance {
    return this.adapter.httpAdapter.getInstance<FastifyInstance>();
  }

  async #credentials(): Promise<{ cert: string; key: string; ca: string }> {
    const { certificate, key, authority } = await this.credentials.get();
    return { cert: certificate, key, ca: authority };
  }

  async #renew(server: Server): Promise<void> {
    try {
      server.setSecureContext({ ...(await this.#credentials()), minVersion: "TLSv1.3" });
    } catch (error) {
      this.logger.error("the certificate for nodes could not be renewed", { error });
    }
  }
}

function refuse(response: ServerResponse, body: ReturnType<typeof problem>): void {
  response.writeHead(body.status, { "content-type": "application/problem+json" });
  response.end(JSON.stringify(body));
}

function isGateway({ socket }: IncomingMessage, name: string): boolean {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return false;
  const peer = peerOf(socket.getPeerCertificate());
  return peer?.kind === "gateway" && peer.name === name;
}
