import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { ClientAnswer } from "../exchange/client-answer.ts";
import type { HeaderEdit } from "../headers/header-edit.ts";

/** Where an upstream listens. */
export interface UpstreamAddress {
  readonly host: string;
  readonly port: number;
  /** Then the address is of this node's agent, which leads to the instance. */
  readonly node?: string | undefined;
  readonly instance?: string;
}

/** One try to have one request answered by one upstream. */
export interface Attempt {
  /** The client's request: its body, if it has one, is unread. */
  readonly request: IncomingMessage;
  /** Nothing was written to it yet. */
  readonly response: ClientAnswer;
  /** Request target in origin form, to be sent byte for byte. */
  readonly target: string;
  /** All headers of the request to send, framing included. An engine adds `Connection`, and nothing else. */
  readonly headers: OutgoingHttpHeaders;
  readonly upstream: UpstreamAddress;
  /** Bytes of body that may be sent; of a longer one no more than these reach the upstream. */
  readonly maxBodyBytes?: number;
  /** From the end of the request to the beginning of its answer, in milliseconds, instead of the engine's own. */
  readonly answerMs?: number;
  /**
   * Aborted when the request may not go on: an answer that has begun is cut, and one that has not fails as late. Where
   * the reason is a CutShort, HTTP/2 clients are told CANCEL and WebSockets 1008.
   */
  readonly deadline?: AbortSignal;
  /** Aborted when no answer can be expected any more: an attempt whose answer has not begun fails as reset. */
  readonly abandoned?: AbortSignal;
  /** Changes of the answer's headers, that of a 101 included. */
  readonly answerHeaders?: HeaderEdit;
  /** Called once when the upstream has taken the connection. */
  readonly onConnected?: () => void;
}

/** Nothing reached the client, and `response` is as it was. */
export interface AttemptFailure {
  readonly kind: "failed";
  /**
   * unreachable: no connection could be made; reset: it broke before an answer began; timeout: no answer began in
   * time; invalid: what came was not HTTP; too-large: the body is longer than allowed.
   */
  readonly reason: "unreachable" | "reset" | "timeout" | "invalid" | "too-large";
  /** False when nothing of the request left the gateway and none of its body was read. */
  readonly isSent: boolean;
}

export type AttemptOutcome =
  /** The whole answer was handed over, or the upgraded connection has ended. */
  | { readonly kind: "answered"; readonly status: number }
  /** The client went away first. The upstream's connection is closed. */
  | { readonly kind: "client-gone" }
  /** The upstream broke off after its answer had begun. The client's connection is closed, so that it can tell. */
  | { readonly kind: "cut"; readonly status: number }
  | AttemptFailure;

/**
 * Port: carries one request to one upstream and its answer back, bytes as they come. It decides nothing: which
 * upstream, and what follows a failure, is the caller's. Any number of attempts run at once. No method ever rejects or
 * throws for what a client or an upstream does, and every socket of an attempt is closed or pooled when it is over.
 */
export abstract class ProxyEngine {
  abstract forward(attempt: Attempt): Promise<AttemptOutcome>;

  /**
   * The same for a request that asks to become a WebSocket; an upstream that declines answers as to any request.
   * `response` is assigned to the client's socket, and `head` is what the client sent after its request.
   */
  abstract upgrade(attempt: Attempt, head: Buffer): Promise<AttemptOutcome>;

  /** Closes idle connections to an upstream that left the table; those in use go on. */
  abstract release(upstream: UpstreamAddress): void;

  /** Open connections to upstreams: in use and idle. */
  abstract connections(): { readonly active: number; readonly idle: number };

  /** Closes everything at once, attempts under way included. */
  abstract close(): void;
}

/** What an engine takes from the gateway's configuration, in milliseconds. */
export interface EngineTimeouts {
  /** For a connection to an upstream to be made. */
  readonly connectMs: number;
  /** From the end of a request to the beginning of its answer. */
  readonly answerMs: number;
  /** How long an idle connection is kept; below the 5 s after which Node's own servers close theirs. */
  readonly idleMs: number;
}
