import { METHODS } from "node:http";
import {
  constants,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerSessionOptions,
} from "node:http2";
import type { TLSSocket } from "node:tls";
import type { ListenerLimits, ListenerUser } from "../server/listener.ts";
import { FilteredSocket } from "./frames/filtered-socket.ts";
import { Http2Answer } from "./http2-answer.ts";
import { type Http2Head, Http2Request } from "./http2-request.ts";
import { ResetBudget } from "./reset-budget.ts";

const MAX_HEADER_BYTES = 32 * 1024;
/** What a field counts for besides its name and its value. */
const FIELD_BYTES = 32;
const MAX_HEADERS = 200;
const MAX_STREAMS = 128;
/** Of one session's buffers, in megabytes: compressed headers, windows, frames to be sent. */
const SESSION_MEMORY_MB = 8;

/** Methods that HTTP/1.1 upstreams are asked with; CONNECT would be a tunnel. */
const TAKEN: ReadonlySet<string> = new Set(METHODS.filter((method) => method !== "CONNECT"));

/** For streams that are on their way when a client is told to leave, if it does not answer when it has read that. */
const LEAVE_AFTER_MS = 5_000;
/** For what a client is told that broke the rules of frames. */
const REFUSE_AFTER_MS = 50;
/** For the last bytes of a session that is over to reach its client. */
const CLOSE_AFTER_MS = 1_000;

const FAULTY_FRAME = new Error("the client sent a frame that it may not send");
const TOO_MANY_RESETS = new Error("the client resets too many streams");

interface Client {
  readonly socket: TLSSocket;
  readonly filtered: FilteredSocket;
  /** Whether it has opened a stream yet. */
  hasAsked: boolean;
  isToldToLeave: boolean;
}

/** Limits that a flood of frames meets, besides those of nghttp2 itself. */
const SESSION: ServerSessionOptions = {
  settings: {
    maxConcurrentStreams: MAX_STREAMS,
    maxHeaderListSize: MAX_HEADER_BYTES,
    enablePush: false,
  },
  maxHeaderListPairs: MAX_HEADERS,
  maxSessionMemory: SESSION_MEMORY_MB,
  maxSessionInvalidFrames: 100,
  maxSessionRejectedStreams: 100,
  maxSettings: 16,
  streamResetBurst: 200,
  streamResetRate: 40,
};

/** Speaks HTTP/2 on connections whose handshake chose it, and hands each request over as any other. */
export class Http2Listener {
  readonly #user: ListenerUser;
  readonly #limits: ListenerLimits;
  readonly #now: () => number;
  readonly #sessions = new Map<ServerHttp2Session, Client>();
  readonly #timer: NodeJS.Timeout;
  /** Sessions that were over at the last look. */
  #over = new Set<ServerHttp2Session>();
  #isLeaving = false;

  /** `now` in milliseconds, never going back. */
  constructor(user: ListenerUser, limits: ListenerLimits, now: () => number) {
    this.#user = user;
    this.#limits = limits;
    this.#now = now;
    this.#timer = setInterval(() => this.#closeOver(), CLOSE_AFTER_MS);
    this.#timer.unref();
  }

  /** After the last connection. */
  stop(): void {
    clearInterval(this.#timer);
  }

  begin(socket: TLSSocket): void {
    const streams = new Map<number, ServerHttp2Stream>();
    const filtered = new FilteredSocket(socket, {
      end: (error) => refuse(session, error),
      // A stream that began in the same piece is there after this turn.
      reset: (id, error) => setImmediate(() => streams.get(id)?.close(error)),
      noticed: () => setImmediate(() => client.isToldToLeave && endGently(session)),
    });
    const session = performServerHandshake(filtered, SESSION);
    const budget = new ResetBudget(this.#now);
    const client: Client = { socket, filtered, hasAsked: false, isToldToLeave: false };
    this.#sessions.set(session, client);
    // A client that opens a session and never asks for anything.
    const timer = setTimeout(() => session.destroy(), this.#limits.headersTimeoutMs);
    session.once("close", () => clearTimeout(timer));
    socket.once("close", () => this.#sessions.delete(session));
    session.on("error", forgetFrames);
    // Open streams have timeouts of their own.
    session.setTimeout(this.#limits.idleTimeoutMs);
    session.on("timeout", () => streams.size === 0 && session.close());
    session.on("stream", (stream, headers, flags, rawHeaders) => {
      clearTimeout(timer);
      const { id = 0 } = stream;
      let answer: Http2Answer | undefined;
      streams.set(id, stream);
      client.hasAsked = true;
      if (this.#isLeaving) leave(session, client);
      stream.on("error", () => {});
      stream.once("close", () => {
        streams.delete(id);
        if (!wasReset(stream)) return budget.earn();
        if (answer?.wasCut === true || budget.trySpend() || session.destroyed) return;
        session.destroy(TOO_MANY_RESETS, constants.NGHTTP2_ENHANCE_YOUR_CALM);
      });
      const isWhole = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      // All that came with it was read by now: nothing is done for a request that its client broke off in the same breath.
      if (stream.closed || stream.destroyed) return;
      answer = this.#take(stream, socket, { headers, rawHeaders, isWhole });
    });
  }

  /**
   * Whether clients are asked to go elsewhere: each is told, and its session ends with the last stream that it has. One
   * that has not asked for anything yet is told with its first answer: it would take the session for a failed one.
   */
  leave(isLeaving: boolean): void {
    this.#isLeaving = isLeaving;
    if (!isLeaving) return;
    for (const [session, client] of this.#sessions) if (client.hasAsked) leave(session, client);
  }

  /**
   * A session that is over ends its socket politely and waits for that to be written: a client that does not read would
   * keep its connection for ever.
   */
  #closeOver(): void {
    const over = new Set<ServerHttp2Session>();
    for (const [session, { socket }] of this.#sessions)
      if (this.#over.has(session)) socket.destroy();
      else if (session.destroyed) over.add(session);
    this.#over = over;
  }

  /** The answer that is to come; undefined where the request was not taken. */
  #take(stream: ServerHttp2Stream, socket: TLSSocket, head: Http2Head): Http2Answer | undefined {
    const status = refusalOf(head);
    if (status !== undefined) {
      stream.respond({ ":status": status }, { endStream: true });
      if (head.isWhole) stream.resume();
      else stream.close(constants.NGHTTP2_NO_ERROR);
      return undefined;
    }
    const request = new Http2Request(stream, socket, head);
    const answer = new Http2Answer(stream, request);
    stream.setTimeout(this.#limits.idleTimeoutMs);
    stream.on("timeout", () => {
      if (!request.complete || answer.writableLength > 0) stream.close(constants.NGHTTP2_CANCEL);
    });
    if (head.headers.expect?.toLowerCase() === "100-continue")
      stream.additionalHeaders({ ":status": 100 });
    this.#user.onRequest(request, answer);
    return answer;
  }
}

/**
 * Until somebody reads it, an error's stack keeps what its functions were called on, Node's half of the session among
 * them, and that keeps the whole session while its client has not acknowledged our settings: for ever.
 */
function forgetFrames(error: Error): void {
  void error.stack;
}

/** Tells the client why its connection ends: behind what is on its way to it, which a session that is destroyed drops. */
function refuse(session: ServerHttp2Session, error: number): void {
  if (session.destroyed) return;
  session.goaway(error);
  const timer = setTimeout(() => session.destroy(FAULTY_FRAME), REFUSE_AFTER_MS);
  session.once("close", () => clearTimeout(timer));
}

/** Tells the client first that it should leave; its session ends when it has answered that. */
function leave(session: ServerHttp2Session, client: Client): void {
  if (client.isToldToLeave || session.destroyed || session.closed) return;
  client.isToldToLeave = true;
  client.filtered.sendShutdownNotice();
  const timer = setTimeout(() => endGently(session), LEAVE_AFTER_MS);
  session.once("close", () => clearTimeout(timer));
}

/** Says which streams the client still has, and ends with the last of them. */
function endGently(session: ServerHttp2Session): void {
  if (!session.closed) session.close();
}

/** The status for a request that is not taken at all (RFC 9113 §8.3.1, §8.5; RFC 9110 §9.1; RFC 6585 §5). */
function refusalOf({ headers, rawHeaders }: Http2Head): number | undefined {
  // Node holds a client to what it was told once it has acknowledged that, which it may never do.
  if (listBytes(rawHeaders) > MAX_HEADER_BYTES) return 431;
  const { ":method": method = "", ":scheme": scheme, ":authority": authority, host } = headers;
  if (!TAKEN.has(method)) return 501;
  if (scheme !== "https") return 400;
  const says2 = authority !== undefined && host !== undefined;
  return says2 && authority.toLowerCase() !== host.toLowerCase() ? 400 : undefined;
}

/** How long a list of fields is (RFC 9113 §6.5.2). `raw`: names and values, each character of which was a byte. */
const listBytes = (raw: readonly string[]): number =>
  raw.reduce((sum, text) => sum + text.length, (raw.length / 2) * FIELD_BYTES);

/** Whether the client broke the stream off, and not we. */
const wasReset = (stream: ServerHttp2Stream): boolean =>
  stream.aborted && stream.rstCode !== constants.NGHTTP2_INTERNAL_ERROR;
