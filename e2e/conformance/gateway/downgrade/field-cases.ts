import { HOST, type Meant, visible } from "../case.ts";
import type { Field } from "./hpack.ts";
import type { Http2Case } from "./send-http2-case.ts";

const GET: readonly Field[] = [
  [":method", "GET"],
  [":scheme", "https"],
  [":path", "/field"],
  [":authority", HOST],
];

/** Names, with a value that is right. */
const NAMES: readonly (readonly [string, Meant])[] = [
  ["x-plain", "pass"], ["x!#$%&'*+-.^_`|~", "pass"], ["X-Upper", "refuse"], ["x-uppeR", "refuse"], ["Content-Length", "refuse"], ["", "refuse"],
  ["x evil", "refuse"], [" x", "refuse"], ["x ", "refuse"], ["x:evil", "refuse"], ["transfer-encoding:chunked", "refuse"], ["x\tevil", "refuse"],
  ["x\r\nevil", "refuse"], ["x: y\r\ntransfer-encoding", "refuse"], ["x\nevil", "refuse"], ["x\revil", "refuse"], ["x\0evil", "refuse"], ["x\x7f", "refuse"],
  ["x\xe9", "refuse"], ["x(y)", "refuse"], ["x\"y\"", "refuse"],
]; // prettier-ignore

/** Values of a field that means nothing. RFC 9113 §8.2.1 forbids spaces around; without them they mean one thing. */
const VALUES: readonly (readonly [string, Meant])[] = [
  ["", "pass"], ["a b", "pass"], ["a\tb", "pass"], [" a", "either"], ["a ", "either"], ["a\r\nX: evil", "refuse"], ["a\nX: evil", "refuse"],
  ["a\rX: evil", "refuse"], ["a\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: evil\r\n\r\n", "refuse"], ["a\0b", "refuse"], ["a\x01b", "refuse"],
  ["a\x7fb", "refuse"], ["\r\n folded", "refuse"], ["a\xe9", "either"],
]; // prettier-ignore

/** Fields of one connection (RFC 9113 §8.2.2), or that only a proxy may say. */
const LINES: readonly (readonly [readonly Field[], Meant])[] = [
  [[["connection", "close"]], "refuse"],
  [[["connection", "x-evil"], ["x-evil", "evil"]], "refuse"],
  [[["keep-alive", "evil"]], "refuse"],
  [[["proxy-connection", "evil"]], "refuse"],
  [[["upgrade", "websocket"]], "refuse"],
  [[["transfer-encoding", "chunked"]], "refuse"],
  [[["http2-settings", "evil"]], "either"],
  [[["te", "trailers"]], "pass"],
  [[["te", "gzip"]], "refuse"],
  [[["te", "trailers, evil"]], "refuse"],
  [[["trailer", "evil"]], "either"],
  [[["expect", "100-continue"]], "either"],
  [[["expect", "evil"]], "either"],
  [[["proxy-authorization", "evil"]], "pass"],
  [[["x-forwarded-for", "evil"]], "pass"],
  [[["x-forwarded-host", "evil"]], "pass"],
  [[["x_forwarded_for", "evil"]], "pass"],
  [[["forwarded", "for=evil"]], "pass"],
  [[["x-real-ip", "evil"]], "pass"],
  [[["x-bastide-user", "evil"]], "pass"],
  [[["x_bastide_user", "evil"]], "pass"],
  [[["cookie", "a=b"], ["cookie", "c=d"]], "pass"],
  [[["transfer_encoding", "chunked"]], "either"],
  [[["content_length", "5"]], "either"],
]; // prettier-ignore

const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

/**
 * The form of fields, and what must stay on this side. RFC 9113 §8.2.1 wants a request refused for a name or a value that
 * is none; nghttp2, and so Node, leaves the field out before anybody sees that it was there.
 */
export const FIELD_CASES: readonly Http2Case[] = [
  ...NAMES.map(([name, meant]): Http2Case => ({
    name: `HTTP/2 field named ${visible(name) || "nothing"}`,
    source: "RFC 9113 §8.2.1",
    fields: [...GET, [name, "5"]],
    meant,
    isOneField: true,
    withheld: /evil/,
  })),
  ...VALUES.map(([value, meant]): Http2Case => ({
    name: `HTTP/2 field of value ${short(visible(value)) || "nothing"}`,
    source: "RFC 9113 §8.2.1",
    fields: [...GET, ["x-value", value]],
    meant,
    isOneField: true,
    withheld: /evil/,
  })),
  ...LINES.map(([lines, meant]): Http2Case => ({
    name: `HTTP/2 field ${lines.map((line) => line.join(": ")).join(" then ")}`,
    source: "RFC 9113 §8.2.2",
    fields: [...GET, ...lines],
    meant,
    withheld: /evil/,
  })),
  {
    name: "HTTP/2 a field of 200,000 bytes",
    source: "RFC 9113 §10.5.1",
    fields: [...GET, ["x-huge", "y".repeat(200_000)]],
    meant: "refuse",
  },
  {
    name: "HTTP/2 5,000 fields",
    source: "RFC 9113 §10.5.1",
    fields: [...GET, ...Array.from({ length: 5_000 }, (_, i): Field => [`x-${i}`, "y"])],
    meant: "refuse",
  },
  {
    name: "HTTP/2 a field name of 40,000 bytes",
    source: "RFC 9113 §10.5.1",
    fields: [...GET, ["x".repeat(40_000), "y"]],
    meant: "refuse",
  },
];
