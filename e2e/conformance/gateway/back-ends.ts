import { connect } from "node:net";
import { freePort, HaProxy, Nginx } from "../../src/index.ts";
import { HOST, request as asBytes } from "./case.ts";
import type { Reading } from "./read-strictly.ts";
import { ReadingServer } from "./reading-server.ts";

interface BackEnd {
  readonly name: string;
  readonly port: number;
  readonly behind: ReadingServer;
}

/** What one back end made of some bytes, in words. */
export interface ReadBy {
  readonly backEnd: string;
  readonly read: string;
}

export interface Compared {
  /** How two of them differ; absent when they do not. */
  readonly difference?: string;
  readonly readings: readonly ReadBy[];
}

/** One answer of a back end: the request as it read it, or the status with which it would have none of it. */
type Answer = { readonly request: string } | { readonly declined: number };

/** Follows what is replayed, so that a back end which takes more or fewer bytes for a body reads it otherwise. */
const AFTER = asBytes([`GET /after HTTP/1.1`, `Host: ${HOST}`, "Connection: close"]);
const UPGRADE = /\r\nupgrade:/i;
const DEADLINE_MS = 2_000;

/** nginx, HAProxy and Node's parser, each asked what it makes of the bytes that a proxy passed on. */
export class BackEnds implements AsyncDisposable {
  readonly #all: readonly BackEnd[];
  readonly #stack: AsyncDisposableStack;
  /** Replays come one after the other: what a back end was asked is known by when. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(all: readonly BackEnd[], stack: AsyncDisposableStack) {
    this.#all = all;
    this.#stack = stack;
  }

  /** Rejects where nginx or HAProxy is not and cannot be installed. */
  static async start(): Promise<BackEnds> {
    await using stack = new AsyncDisposableStack();
    const reader = async () => stack.use(await ReadingServer.start());
    const node = await reader();
    const [behindNginx, nginxPort] = [await reader(), await freePort()];
    stack.use(await Nginx.start(nginxConfiguration(nginxPort, behindNginx.port), nginxPort));
    const [behindHaProxy, haProxyPort] = [await reader(), await freePort()];
    stack.use(await HaProxy.start(haProxyPort, behindHaProxy.port));
    const all = [
      { name: "Node", port: node.port, behind: node },
      { name: "nginx", port: nginxPort, behind: behindNginx },
      { name: "HAProxy", port: haProxyPort, behind: behindHaProxy },
    ];
    return new BackEnds(all, stack.move());
  }

  /** What each makes of one connection's bytes, which `asRead` is the reading of. */
  compare(bytes: string, asRead: Reading): Promise<Compared> {
    const compared = this.#last.then(() => this.#compare(bytes, asRead));
    this.#last = compared;
    return compared;
  }

  async #compare(bytes: string, asRead: Reading): Promise<Compared> {
    const all = await Promise.all(
      this.#all.map(async (one) => ({ ...one, answers: await replay(one, bytes, asRead) })),
    );
    const readings = all.map(({ name, answers }) => ({ backEnd: name, read: told(answers) }));
    const [first, ...others] = all;
    const wrong = others.find(({ answers }) => !areAlike(first?.answers ?? [], answers));
    if (!first || !wrong) return { readings };
    const difference = `${first.name} reads ${told(first.answers)}, ${wrong.name} ${told(wrong.answers)}`;
    return { readings, difference };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/** A message that has no end, or after which another protocol may come, has nothing behind it that could be asked. */
async function replay(
  { port, behind }: BackEnd,
  bytes: string,
  { requests, isCut = false }: Reading,
): Promise<Answer[]> {
  behind.take();
  const isLast = isCut || UPGRADE.test(bytes);
  const received = await exchangeWhole(isLast ? bytes : bytes + AFTER, port, isCut);
  const read = behind.take();
  if (isLast) return read.map((request) => ({ request }));
  const statuses = [...received.matchAll(/HTTP\/1\.[01] ([2-5]\d\d) /g)].map(
    ([, status]) => status,
  );
  const answers = statuses.map((status): Answer => {
    const request = status === "200" ? read.shift() : undefined;
    return request === undefined ? { declined: Number(status) } : { request };
  });
  // Whoever will have none of a request may close the connection, and nobody can read what follows in another way.
  const declined = answers.findIndex((answer) => "declined" in answer);
  return declined >= 0 && declined < requests ? answers.slice(0, declined + 1) : answers;
}

/** The same request in each place, as far as one that a back end would not have. */
function areAlike(some: readonly Answer[], others: readonly Answer[]): boolean {
  for (let i = 0; i < Math.max(some.length, others.length); i++) {
    const [one, other] = [some[i], others[i]];
    if (!one || !other) return false;
    if ("declined" in one || "declined" in other) return true;
    if (one.request !== other.request) return false;
  }
  return true;
}

const told = (answers: readonly Answer[]): string =>
  answers
    .map((one) => ("request" in one ? one.request.slice(0, 80) : `(${one.declined})`))
    .join(" and ") || "nothing";

/** Everything that comes back until the other side closes the connection; `isLast`: our own side is closed first. */
function exchangeWhole(bytes: string, port: number, isLast: boolean): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    let received = "";
    const end = (): void => {
      clearTimeout(deadline);
      socket.destroy();
      resolve(received);
    };
    const deadline = setTimeout(end, DEADLINE_MS);
    socket.on("error", end);
    socket.on("close", end);
    socket.on("end", end);
    socket.on("data", (data) => (received += data.toString("latin1")));
    socket.write(Buffer.from(bytes, "latin1"));
    if (isLast) socket.end();
  });
}

const nginxConfiguration = (port: number, behind: number): string => `
  client_header_timeout 2s; client_body_timeout 2s; client_max_body_size 0;
  large_client_header_buffers 4 64k;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${behind}; proxy_http_version 1.1;
      proxy_set_header Host $http_host; proxy_set_header Connection "";
    }
  }`;
