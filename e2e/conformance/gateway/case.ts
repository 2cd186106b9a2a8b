import type { Judged } from "./judge.ts";

/** What has to become of a request. */
export type Meant =
  /** It has no one meaning: it is answered with an error or the connection is closed, and nothing of it is passed on. */
  | "refuse"
  /** It is right: it is passed on, as exactly one request. */
  | "pass"
  /** Recipients may refuse it or read it in the one way that the RFC names. */
  | "either";

/** One request, or what looks like one, over HTTP/1.1. */
export interface Case extends Judged {
  /** Each character is a byte. */
  readonly bytes: string;
}

export const HOST = "app.localhost";
/** For programs that can only ask for a host whose name they look up. */
export const DIALLED_HOST = "localhost";
export const EOL = "\r\n";

/** A request from its lines, which get their ends, and a body as it is. */
export const request = (lines: readonly string[], body = ""): string =>
  `${lines.join(EOL)}${EOL}${EOL}${body}`;

/** A request that nobody means to send: it is in the body of another. */
export const SMUGGLED_PATH = "/smuggled";
export const SMUGGLED: string = request([`GET ${SMUGGLED_PATH} HTTP/1.1`, `Host: ${HOST}`]);

/** Bytes as people can read them. */
export const visible = (bytes: string): string =>
  bytes.replaceAll(
    // oxlint-disable-next-line no-control-regex
    /[\0-\x1f\x7f-\xff]/g,
    (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
