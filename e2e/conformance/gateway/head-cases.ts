import { type Case, EOL, HOST, type Meant, request, SMUGGLED, visible } from "./case.ts";

const TO = `Host: ${HOST}`;

/** First lines. */
const FIRST_LINES: readonly (readonly [string, Meant])[] = [
  ["GET / HTTP/1.1", "pass"],
  ["OPTIONS * HTTP/1.1", "either"],
  ["get / HTTP/1.1", "either"],
  [`GET http://${HOST}/ HTTP/1.1`, "pass"],
  [`GET HTTP://${HOST}/ HTTP/1.1`, "pass"],
  [`GET http://${HOST}?a HTTP/1.1`, "either"],
  ["GET http://evil.localhost/ HTTP/1.1", "either"],
  [`GET http://${HOST}@evil.localhost/ HTTP/1.1`, "refuse"],
  [`GET http://evil.localhost\\@${HOST}/ HTTP/1.1`, "refuse"],
  ["GET //evil.localhost/ HTTP/1.1", "either"],
  [`GET ftp://${HOST}/ HTTP/1.1`, "refuse"],
  [`GET ${HOST}:80 HTTP/1.1`, "refuse"],
  ["GET * HTTP/1.1", "refuse"],
  ["GET HTTP/1.1", "refuse"],
  ["GET a HTTP/1.1", "refuse"],
  ["GET ?a HTTP/1.1", "refuse"],
  ["GET /", "refuse"],
  ["GET / ", "refuse"],
  ["GET / HTTP/0.9", "refuse"],
  ["GET / HTTP/1.2", "either"],
  ["GET / HTTP/2.0", "refuse"],
  ["GET / HTTP/3", "refuse"],
  ["GET / HTTP/11", "refuse"],
  ["GET / HTTP/1.10", "refuse"],
  ["GET / HTTP/1,1", "refuse"],
  ["GET / http/1.1", "refuse"],
  ["GET / HTTPS/1.1", "refuse"],
  ["GET / HTTP/1.1 ", "refuse"],
  ["GET / HTTP/1.1 x", "refuse"],
  ["GET  / HTTP/1.1", "either"],
  ["GET /  HTTP/1.1", "either"],
  ["GET\t/ HTTP/1.1", "refuse"],
  ["GET /\tHTTP/1.1", "refuse"],
  ["GET\x0b/ HTTP/1.1", "refuse"],
  [" GET / HTTP/1.1", "refuse"],
  ["GET /a b HTTP/1.1", "refuse"],
  ["GET /a HTTP/1.1 HTTP/1.1", "refuse"],
  ["GE\0T / HTTP/1.1", "refuse"],
  ["GE(T / HTTP/1.1", "refuse"],
  ["GET: / HTTP/1.1", "refuse"],
  ["\x16\x03\x01 / HTTP/1.1", "refuse"],
  ["GET /\0 HTTP/1.1", "refuse"],
  ["GET /\x7f HTTP/1.1", "refuse"],
  ["GET /\x01 HTTP/1.1", "refuse"],
  ["GET /\xe9 HTTP/1.1", "refuse"],
  ["GET /#fragment HTTP/1.1", "refuse"],
  ["PRI * HTTP/2.0", "refuse"],
  [`CONNECT ${HOST}:80 HTTP/1.1`, "refuse"],
  ["TRACE / HTTP/1.1", "either"],
  [`${"M".repeat(3000)} / HTTP/1.1`, "refuse"],
  [`GET /${"a".repeat(100_000)} HTTP/1.1`, "refuse"],
]; // prettier-ignore

/** Lines in place of Host. */
const HOSTS: readonly (readonly [readonly string[], Meant])[] = [
  [[TO], "pass"], [[TO.toUpperCase().replace("HOST", "Host")], "pass"], [[`host:${HOST}`], "pass"], [[`Host: ${HOST}:80`], "pass"],
  [[`Host: ${HOST}.`], "either"], [[], "refuse"], [[TO, TO], "refuse"], [[TO, "Host: evil.localhost"], "refuse"],
  [["Host: evil.localhost", TO], "refuse"], [["Host:"], "refuse"], [[`Host: ${HOST}, evil.localhost`], "refuse"],
  [[`Host: ${HOST} evil.localhost`], "refuse"], [[`Host: evil@${HOST}`], "refuse"], [[`Host: ${HOST}:80@evil`], "refuse"],
  [[`Host: ${HOST}/evil`], "refuse"], [[`Host: ${HOST}?evil`], "refuse"], [[`Host: ${HOST}#evil`], "refuse"], [[`Host: ${HOST}\\evil`], "refuse"],
  [[`Host: ${HOST}:http`], "refuse"], [[`Host: ${HOST}:99999999`], "refuse"], [[`Host: ${HOST}:-80`], "refuse"], [[`Host : ${HOST}`], "refuse"],
  [[`Host\t: ${HOST}`], "refuse"], [[`Host: ${HOST}\0evil`], "refuse"], [[`Host: ${HOST}\x01`], "refuse"], [[`Host: [::1`], "refuse"],
  [[`Host: http://${HOST}`], "refuse"], [[`Host:\r\n ${HOST}`], "either"], [[`Host: ${HOST}\r\n evil`], "refuse"], [[` Host: ${HOST}`], "refuse"],
]; // prettier-ignore

/** Lines beside a right Host. */
const LINES: readonly (readonly [string, Meant])[] = [
  ["X: y", "pass"], ["X:", "pass"], ["X:y", "pass"], ["X:\ty", "pass"], ["x-UPPER: y", "pass"], ["X!#$%&'*+-.^_`|~: y", "pass"], ["X: \xe9", "either"],
  ["X", "refuse"], [": y", "refuse"], ["X y: z", "refuse"], ["X : y", "refuse"], ["X\t: y", "refuse"], ["X(: y", "refuse"], ["X@: y", "refuse"],
  ["X\x80: y", "refuse"], ["X\0: y", "refuse"], ["X: \0", "refuse"], ["X: a\0b", "refuse"], ["X: \x01", "refuse"], ["X: \x7f", "refuse"], ["X: \x1b[2J", "refuse"],
  ["X: y\r", "refuse"], ["X: y\rZ: w", "refuse"], ["X: y\nZ: w", "refuse"], ["X: y\r\n folded", "either"], ["X: y\r\n\tfolded", "either"],
  [`X: y\n\n${SMUGGLED}`, "refuse"], [`X: ${"y".repeat(200_000)}`, "refuse"],
]; // prettier-ignore

const short = (text: string): string => (text.length > 70 ? `${text.slice(0, 70)}…` : text);

/** First lines, Host and the form of fields. */
export const HEAD_CASES: readonly Case[] = [
  ...FIRST_LINES.map(([line, meant]): Case => ({
    name: `first line ${short(visible(line))}`,
    source: "RFC 9112 §3",
    bytes: request([line, TO]),
    meant,
  })),
  ...HOSTS.map(([lines, meant]): Case => ({
    name: `host ${visible(lines.join(" then ")) || "missing"}`,
    source: "RFC 9112 §3.2",
    bytes: request(["GET /host HTTP/1.1", ...lines]),
    meant,
  })),
  ...LINES.map(([line, meant]): Case => ({
    name: `field ${short(visible(line))}`,
    source: "RFC 9110 §5",
    bytes: request(["GET /field HTTP/1.1", TO, line]),
    meant,
  })),
  {
    name: "5,000 fields",
    source: "RFC 9110 §5.4",
    bytes: request([
      "GET /field HTTP/1.1",
      TO,
      ...Array.from({ length: 5_000 }, (_, i) => `X${i}: y`),
    ]),
    meant: "refuse",
  },
  {
    name: "lines that end in LF alone",
    source: "RFC 9112 §2.2",
    bytes: `GET /field HTTP/1.1\n${TO}\n\n`,
    meant: "either",
  },
  {
    name: "lines that end in CR alone",
    source: "RFC 9112 §2.2",
    bytes: `GET /field HTTP/1.1\r${TO}\r\r`,
    meant: "refuse",
  },
  {
    name: "an empty line before the request",
    source: "RFC 9112 §2.2",
    bytes: `${EOL}${request(["GET /field HTTP/1.1", TO])}`,
    meant: "either",
  },
  {
    name: "whitespace between the first line and the first field",
    source: "RFC 9112 §2.2",
    bytes: request(["GET /field HTTP/1.1", ` ${TO}`, TO]),
    meant: "refuse",
  },
];
