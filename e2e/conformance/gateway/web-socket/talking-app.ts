import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";

export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/** RFC 6455 §1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** What to do on a path, with the bytes that came behind the request. */
type Path = (socket: WebSocket, app: TalkingApp, query: URLSearchParams) => void;

const PATHS: Readonly<Record<string, Path>> = {
  "/echo": (socket) => {
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  },
  "/listen": () => {},
  "/close": (socket, _, query) => {
    const code = query.get("code");
    if (code === null) socket.close();
    else socket.close(Number(code), query.get("reason") ?? "");
  },
  "/ping": (socket) => socket.ping("are you there"),
  "/fragments": (socket) => {
    socket.send("one ", { fin: false });
    socket.ping("between");
    socket.send("two ", { fin: false });
    socket.send("three", { fin: true });
  },
  "/much": (socket, _, query) => {
    for (let i = 0; i < Number(query.get("messages")); i++) socket.send(Buffer.alloc(65_536, i));
    socket.close(1000, "that was all");
  },
  "/terminate": (socket) => {
    socket.on("message", () => socket.terminate());
  },
};

/** An app that speaks WebSocket by `ws`, and writes down what it is told. */
export class TalkingApp implements AsyncDisposable {
  readonly #server: Server;
  readonly #webSockets: WebSocketServer;
  readonly #open = new Set<Duplex>();
  #seen: string[] = [];
  port = 0;

  private constructor() {
    this.#webSockets = new WebSocketServer({
      noServer: true,
      maxPayload: MAX_MESSAGE_BYTES,
      perMessageDeflate: { threshold: 128 },
      handleProtocols: (offered) => (offered.has("chat") ? "chat" : false),
    });
    this.#server = createServer((request, response) => {
      this.see(`asked ${request.method} ${request.url}`);
      const headers = { "content-type": "text/plain", connection: "close" };
      response.writeHead(426, headers).end("this is for WebSocket");
    });
    this.#server.on("connection", (socket: Socket) => {
      this.#open.add(socket);
      socket.on("close", () => this.#open.delete(socket));
    });
    this.#server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
  }

  static async start(): Promise<TalkingApp> {
    const app = new TalkingApp();
    app.#server.listen(0, "127.0.0.1");
    await once(app.#server, "listening");
    const address = app.#server.address();
    app.port = typeof address === "object" && address ? address.port : 0;
    return app;
  }

  /** Connections that are open, WebSockets or not. */
  get connections(): number {
    return this.#open.size;
  }

  see(what: string): void {
    this.#seen.push(what);
  }

  /** What was seen since the last call. */
  take(): string[] {
    const seen = this.#seen;
    this.#seen = [];
    return seen;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => {});
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://app");
    const raw = RAW[pathname];
    if (raw) {
      if (head.length > 0) socket.unshift(head);
      return raw(socket, request, this);
    }
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.see(`opened ${request.url} cookie ${request.headers.cookie ?? "none"}`);
      webSocket.on("message", (data, isBinary) => this.see(`got ${told(data, isBinary)}`));
      webSocket.on("ping", (data) => this.see(`pinged ${String(data)}`));
      webSocket.on("pong", (data) => this.see(`ponged ${String(data)}`));
      webSocket.on("error", (error) => this.see(`failed ${nameOf(error)}`));
      webSocket.on("close", (code, reason) => this.see(`closed ${code} ${String(reason)}`));
      PATHS[pathname]?.(webSocket, this, searchParams);
    });
  }
}

/** A message in few words: its kind, its length, and what it is. */
export function told(data: RawData, isBinary: boolean): string {
  const bytes = Buffer.isBuffer(data) ? data : Buffer.concat([data].flat().map(asBuffer));
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  const text = bytes.length <= 40 && !isBinary ? bytes.toString() : hash;
  return `${isBinary ? "binary" : "text"} ${bytes.length} ${text}`;
}

const asBuffer = (part: Buffer | ArrayBuffer): Buffer =>
  Buffer.isBuffer(part) ? part : Buffer.from(part);

/** Errors of the protocol by their name; those of a socket are all one: the connection broke. */
export const nameOf = (error: Error): string =>
  "code" in error && String(error.code).startsWith("WS_ERR") ? String(error.code) : "broken";

const accepted = ({ headers }: IncomingMessage): string => {
  const key = headers["sec-websocket-key"] ?? "";
  const accept = createHash("sha1").update(`${key}${GUID}`).digest("base64");
  return `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
};

type RawPath = (socket: Duplex, request: IncomingMessage, app: TalkingApp) => void;

const answer =
  (status: string, more = ""): RawPath =>
  (socket) => {
    socket.resume();
    socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 6\r\n${more}Connection: close\r\n\r\nanswer`);
  };

/** Where not even the answer to the request is what `ws` would say. */
const RAW: Readonly<Record<string, RawPath>> = {
  "/403": answer("403 Forbidden"),
  "/200": answer("200 OK"),
  "/302": answer("302 Found", "Location: /elsewhere\r\n"),
  "/401": answer("401 Unauthorized", 'WWW-Authenticate: Basic realm="app"\r\n'),
  "/nothing": (socket) => socket.destroy(),
  /** A message in the packet that says 101. */
  "/at-once": (socket, request) => {
    socket.write(Buffer.concat([Buffer.from(accepted(request)), HELLO]));
    endWith(socket);
  },
  /** After it was told something: a bit that means nothing. */
  "/nonsense": (socket, request) => {
    socket.write(accepted(request));
    socket.once("data", () => socket.write(NONSENSE));
    endWith(socket);
  },
  /** Ends its own half once it was told something, and reads on. */
  "/half": (socket, request, app) => {
    socket.write(accepted(request));
    socket.once("data", () => socket.end(LAST));
    let read = 0;
    socket.on("data", (data: Buffer) => (read += data.length));
    socket.on("end", () => app.see(`read ${read} bytes to the end`));
  },
  /** Says how much it read once the other half has ended, on its own half. */
  "/whole": (socket, request, app) => {
    socket.write(accepted(request));
    let read = 0;
    socket.on("data", (data: Buffer) => (read += data.length));
    socket.on("end", () => {
      app.see(`read ${read} bytes to the end`);
      socket.end(LAST);
    });
  },
  "/reset": (socket, request) => {
    socket.write(accepted(request));
    socket.once("data", () => socket instanceof Socket && socket.resetAndDestroy());
  },
};

const HELLO = Buffer.from("\x81\x05hello", "latin1");
const LAST = Buffer.from("\x81\x04last", "latin1");
const NONSENSE = Buffer.from("\xf1\x05hello", "latin1");

function endWith(socket: Duplex): void {
  socket.resume();
  socket.once("end", () => socket.end());
}
