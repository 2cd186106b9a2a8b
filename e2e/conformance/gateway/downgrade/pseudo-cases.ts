import { HOST, type Meant, SMUGGLED_PATH, visible } from "../case.ts";
import type { Field } from "./hpack.ts";
import type { Http2Case } from "./send-http2-case.ts";

const METHOD: Field = [":method", "GET"];
const SCHEME: Field = [":scheme", "https"];
const PATH: Field = [":path", "/pseudo"];
const AUTHORITY: Field = [":authority", HOST];
/** What would be a request of its own, were a value written into HTTP/1.1 as it is. */
const SPLIT = ` HTTP/1.1\r\nHost: ${HOST}\r\n\r\nGET ${SMUGGLED_PATH}`;

const PATHS: readonly (readonly [string, Meant])[] = [
  ["/", "pass"], ["/a?b=c", "pass"], ["", "refuse"], ["a", "refuse"], ["?a", "refuse"], ["*", "refuse"], ["/a b", "refuse"], [" /a", "refuse"],
  ["/a ", "refuse"], ["/a\tb", "refuse"], [`/a${SPLIT}`, "refuse"], ["/a\nX: evil", "refuse"], ["/a\rX: evil", "refuse"], ["/a\0b", "refuse"],
  ["/a\x7f", "refuse"], ["/\xe9", "refuse"], ["/a#b", "refuse"], ["//evil.localhost/", "either"], [`https://${HOST}/a`, "either"],
  ["https://evil.localhost/", "refuse"], [`${HOST}:443`, "refuse"], ["/\\evil", "either"], [`/${"a".repeat(40_000)}`, "refuse"],
]; // prettier-ignore

const METHODS: readonly (readonly [string, Meant])[] = [
  ["", "refuse"], ["get", "either"], ["GET ", "refuse"], [" GET", "refuse"], ["GET /evil HTTP/1.1", "refuse"], [`GET /${SPLIT}`, "refuse"],
  ["GET\t", "refuse"], ["G(T", "refuse"], ["G\0T", "refuse"], ["GET\r\nX: evil", "refuse"], ["TRACE", "either"], ["PRI", "either"],
]; // prettier-ignore

const SCHEMES: readonly (readonly [string, Meant])[] = [
  ["http", "either"], ["ftp", "refuse"], ["", "refuse"], ["https ", "refuse"], [`https://evil.localhost/?`, "refuse"], ["https\r\nX: evil", "refuse"],
]; // prettier-ignore

const AUTHORITIES: readonly (readonly [string, Meant])[] = [
  [HOST.toUpperCase(), "either"], [`${HOST}:443`, "pass"], ["", "refuse"], [`user@${HOST}`, "refuse"], [`user:secret@${HOST}`, "refuse"],
  [`${HOST}@evil.localhost`, "refuse"], ["evil.localhost", "either"], [`${HOST}/evil`, "refuse"], [`${HOST}?evil`, "refuse"], [`${HOST}#evil`, "refuse"],
  [`${HOST} evil`, "refuse"], [`${HOST}\r\nX: evil`, "refuse"], [`${HOST}\nX: evil`, "refuse"], [`${HOST}\0`, "refuse"], [`${HOST},evil.localhost`, "refuse"],
  [`${HOST}:http`, "refuse"], [`${HOST}:99999999`, "refuse"], [`${HOST}\\evil`, "refuse"], [`https://${HOST}`, "refuse"],
]; // prettier-ignore

/** Whole lists of fields. */
const LISTS: readonly (readonly [string, readonly Field[], Meant])[] = [
  ["a plain request", [METHOD, SCHEME, PATH, AUTHORITY], "pass"],
  ["pseudo-headers in another order", [AUTHORITY, PATH, SCHEME, METHOD], "pass"],
  [":method twice", [METHOD, METHOD, SCHEME, PATH, AUTHORITY], "refuse"],
  [":scheme twice", [METHOD, SCHEME, SCHEME, PATH, AUTHORITY], "refuse"],
  [":path twice", [METHOD, SCHEME, PATH, [":path", SMUGGLED_PATH], AUTHORITY], "refuse"],
  [":authority twice", [METHOD, SCHEME, PATH, AUTHORITY, [":authority", "evil.localhost"]], "refuse"],
  ["no :method", [SCHEME, PATH, AUTHORITY], "refuse"],
  ["no :scheme", [METHOD, PATH, AUTHORITY], "refuse"],
  ["no :path", [METHOD, SCHEME, AUTHORITY], "refuse"],
  ["no pseudo-header", [["host", HOST]], "refuse"],
  ["no :authority and no host", [METHOD, SCHEME, PATH], "refuse"],
  ["host in place of :authority", [METHOD, SCHEME, PATH, ["host", HOST]], "pass"],
  [":authority and the same host", [METHOD, SCHEME, PATH, AUTHORITY, ["host", HOST]], "pass"],
  [":authority and another host", [METHOD, SCHEME, PATH, AUTHORITY, ["host", "evil.localhost"]], "refuse"],
  ["another :authority than host", [METHOD, SCHEME, PATH, [":authority", "evil.localhost"], ["host", HOST]], "refuse"],
  [":authority and an empty host", [METHOD, SCHEME, PATH, AUTHORITY, ["host", ""]], "refuse"],
  ["host twice", [METHOD, SCHEME, PATH, ["host", HOST], ["host", "evil.localhost"]], "refuse"],
  [":authority and host twice", [METHOD, SCHEME, PATH, AUTHORITY, ["host", HOST], ["host", "evil.localhost"]], "refuse"],
  [":path after a field", [METHOD, SCHEME, AUTHORITY, ["x-a", "b"], PATH], "refuse"],
  [":method after a field", [SCHEME, PATH, AUTHORITY, ["x-a", "b"], METHOD], "refuse"],
  ["an unknown pseudo-header", [METHOD, SCHEME, PATH, AUTHORITY, [":evil", "b"]], "refuse"],
  [":status", [METHOD, SCHEME, PATH, AUTHORITY, [":status", "200"]], "refuse"],
  [":protocol without CONNECT", [METHOD, SCHEME, PATH, AUTHORITY, [":protocol", "websocket"]], "refuse"],
  ["a capital in a pseudo-header", [[":Method", "GET"], SCHEME, PATH, AUTHORITY], "refuse"],
  ["CONNECT", [[":method", "CONNECT"], [":authority", `${HOST}:80`]], "refuse"],
  ["CONNECT with a path", [[":method", "CONNECT"], SCHEME, PATH, AUTHORITY], "refuse"],
  ["CONNECT for a WebSocket", [[":method", "CONNECT"], [":protocol", "websocket"], SCHEME, PATH, AUTHORITY], "refuse"],
  ["OPTIONS *", [[":method", "OPTIONS"], SCHEME, [":path", "*"], AUTHORITY], "either"],
]; // prettier-ignore

const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

const named = (
  name: string,
  values: readonly (readonly [string, Meant])[],
  source: string,
): Http2Case[] =>
  values.map(([value, meant]) => ({
    name: `HTTP/2 ${name} ${short(visible(value)) || "empty"}`,
    source,
    fields: [METHOD, SCHEME, PATH, AUTHORITY].map((field): Field =>
      field[0] === name ? [name, value] : field,
    ),
    meant,
    withheld: /\nX: evil/,
  }));

/** What stands for the first line and Host. */
export const PSEUDO_CASES: readonly Http2Case[] = [
  ...named(":path", PATHS, "RFC 9113 §8.3.1"),
  ...named(":method", METHODS, "RFC 9113 §8.3.1"),
  ...named(":scheme", SCHEMES, "RFC 9113 §8.3.1"),
  ...named(":authority", AUTHORITIES, "RFC 9113 §8.3.1"),
  ...LISTS.map(([name, fields, meant]): Http2Case => ({
    name: `HTTP/2 ${name}`,
    source: "RFC 9113 §8.3",
    fields,
    meant,
    withheld: /evil\.localhost/,
  })),
];
