import { createServer, type IncomingMessage, type Server } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ClientAnswer } from "../exchange/client-answer.ts";
import { Pipelines } from "./pipelines.ts";

export interface ListenerLimits {
  readonly headersTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly maxConnections: number;
}

/** Who answers what a listener reads. No method may throw. */
export interface ListenerUser {
  onRequest(request: IncomingMessage, response: ClientAnswer): void;
  onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void;
  /** free: between requests; answering: whole requests are; client-due: the client still owes some of its request. */
  stateOf(socket: Duplex): "free" | "answering" | "client-due";
}

const MAX_HEADER_BYTES = 32 * 1024;
const KEEP_ALIVE_MS = 60_000;
/** How often late headers are looked for. */
const CHECK_MS = 1_000;

/** A server for one address, with every limit that a slow or hostile client meets. It is not listening yet. */
export function createListener(user: ListenerUser, limits: ListenerLimits): Server {
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: limits.headersTimeoutMs,
    // Uploads may take as long as they flow; silence is what the idle timeout ends.
    requestTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: CHECK_MS,
    shouldUpgradeCallback: isWebSocketRequest,
  });
  server.maxConnections = limits.maxConnections;
  server.timeout = limits.idleTimeoutMs;
  const pipelines = new Pipelines((request, response) => user.onRequest(request, response));
  server.on("request", (request, response) => pipelines.take(request, response));
  server.on("upgrade", (request, socket, head) => {
    // An upgraded socket has no error handler of Node's any more.
    socket.on("error", () => {});
    // Its answer would come into the middle of another one (RFC 9110 §7.8).
    if (pipelines.isBusy(request.socket)) socket.destroy();
    else user.onUpgrade(request, request.socket, head);
  });
  server.on("timeout", (socket) => onSilence(socket, user, limits.idleTimeoutMs));
  server.on("clientError", (error, socket) => {
    // What is not read does not come late.
    if (codeOf(error) !== LATE || !pipelines.isHeld(socket)) refuseBytes(error, socket, user);
  });
  return server;
}

/** Stops taking connections; unlike `http.Server#close` it leaves idle ones, so that none is cut before it was told. */
export function stopAccepting(server: NetServer, onClosed: () => void): void {
  NetServer.prototype.close.call(server, onClosed);
}

/** Only a plain WebSocket request is upgraded; any other upgrade may be ignored (RFC 9110 §7.8), and h2c must be. */
function isWebSocketRequest({ method, headers }: IncomingMessage): boolean {
  return (
    method === "GET" &&
    headers.upgrade?.toLowerCase() === "websocket" &&
    headers["transfer-encoding"] === undefined &&
    (headers["content-length"] ?? "0") === "0"
  );
}

function onSilence(socket: Socket, user: ListenerUser, idleTimeoutMs: number): void {
  const isClientsFault = user.stateOf(socket) !== "answering" || socket.writableLength > 0;
  if (isClientsFault) socket.destroy();
  else socket.setTimeout(idleTimeoutMs);
}

/** Answers bytes that are no request, or came too slowly. Never into the middle of another answer. */
function refuseBytes(error: Error, socket: Duplex, user: ListenerUser): void {
  const status = STATUS_OF_ERROR[codeOf(error)] ?? "400 Bad Request";
  if (!socket.writable || user.stateOf(socket) !== "free") socket.destroy();
  else
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
      socket.destroy(),
    );
}

const codeOf = (error: Error): string => ("code" in error ? String(error.code) : "");

const LATE = "ERR_HTTP_REQUEST_TIMEOUT";

const STATUS_OF_ERROR: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  [LATE]: "408 Request Timeout",
};
