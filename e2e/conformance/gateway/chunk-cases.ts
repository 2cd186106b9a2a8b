import { type Case, HOST, type Meant, request, SMUGGLED, visible } from "./case.ts";

/** Bodies of chunks. */
const BODIES: readonly (readonly [string, Meant])[] = [
  ["5\r\nhello\r\n0\r\n\r\n", "pass"],
  ["A\r\nhelloworld\r\n0\r\n\r\n", "pass"],
  ["a\r\nhelloworld\r\n0\r\n\r\n", "pass"],
  ["00005\r\nhello\r\n0\r\n\r\n", "pass"],
  ["5\r\nhello\r\n000\r\n\r\n", "pass"],
  ["5;a\r\nhello\r\n0\r\n\r\n", "pass"],
  ["5;a=b\r\nhello\r\n0;c\r\n\r\n", "pass"],
  ['5;a="b c"\r\nhello\r\n0\r\n\r\n', "either"],
  ["5 ;a\r\nhello\r\n0\r\n\r\n", "either"],
  ["5 \r\nhello\r\n0\r\n\r\n", "either"],
  ["0x5\r\nhello\r\n0\r\n\r\n", "refuse"],
  ["+5\r\nhello\r\n0\r\n\r\n", "refuse"],
  ["-5\r\nhello\r\n0\r\n\r\n", "refuse"],
  [" 5\r\nhello\r\n0\r\n\r\n", "refuse"],
  ["\t5\r\nhello\r\n0\r\n\r\n", "refuse"],
  ["5_\r\nhello\r\n0\r\n\r\n", "refuse"],
  ["\r\nhello\r\n0\r\n\r\n", "refuse"],
  ["g\r\nhello\r\n0\r\n\r\n", "refuse"],
  ["5g\r\nhello\r\n0\r\n\r\n", "refuse"],
  ["5\0\r\nhello\r\n0\r\n\r\n", "refuse"],
  ["5.0\r\nhello\r\n0\r\n\r\n", "refuse"],
  ["5,5\r\nhello\r\n0\r\n\r\n", "refuse"],
  ["\xb2\r\nhello\r\n0\r\n\r\n", "refuse"],
  ["FFFFFFFFFFFFFFFF5\r\nhello\r\n0\r\n\r\n", "refuse"],
  ["100000000000000005\r\nhello\r\n0\r\n\r\n", "refuse"],
  ["5\nhello\r\n0\r\n\r\n", "refuse"],
  ["5\rhello\r\n0\r\n\r\n", "refuse"],
  ["5\r\r\nhello\r\n0\r\n\r\n", "refuse"],
  ["5\r\nhello\n0\r\n\r\n", "refuse"],
  ["5\r\nhello\r0\r\n\r\n", "refuse"],
  ["5\r\nhello0\r\n\r\n", "refuse"],
  ["5\r\nhelloXX0\r\n\r\n", "refuse"],
  ["4\r\nhello\r\n0\r\n\r\n", "refuse"],
  ["6\r\nhello\r\n0\r\n\r\n", "refuse"],
  ["5\r\nhello\r\n0\n\r\n", "refuse"],
  ["5\r\nhello\r\n0\r\n\n", "refuse"],
  [`5\r\nhello\r\n0\r\n\r${SMUGGLED}`, "refuse"],
  [`5;a\nb\r\nhello\r\n0\r\n\r\n`, "refuse"],
  [`5;\n${"x".repeat(3)}\r\n0\r\n\r\n${SMUGGLED}`, "refuse"],
  [`5;a\rb\r\nhello\r\n0\r\n\r\n`, "refuse"],
  ["5;\0\r\nhello\r\n0\r\n\r\n", "refuse"],
  [`5;${"a".repeat(200_000)}\r\nhello\r\n0\r\n\r\n`, "refuse"],
];

/** Fields after the last chunk (RFC 9110 §6.5). */
const TRAILERS: readonly (readonly [string, Meant])[] = [
  ["X-Sum: 1\r\n", "pass"],
  ["Content-Length: 5\r\n", "either"],
  ["Transfer-Encoding: chunked\r\n", "either"],
  [`Host: evil.localhost\r\n`, "either"],
  ["Authorization: Bearer evil\r\n", "either"],
  ["X-Bastide-User: evil\r\n", "either"],
  ["X-Forwarded-For: evil\r\n", "either"],
  ["X Sum: 1\r\n", "refuse"],
  ["X-Sum : 1\r\n", "refuse"],
  ["X-Sum\r\n", "refuse"],
  ["X-Sum: 1\n", "refuse"],
  ["X-Sum: 1\r\n folded\r\n", "either"],
  ["X-Sum: \0\r\n", "refuse"],
  [": 1\r\n", "refuse"],
  [`GET /smuggled HTTP/1.1\r\nHost: ${HOST}\r\n`, "refuse"],
];

const post = (body: string): string =>
  request(["POST /chunks HTTP/1.1", `Host: ${HOST}`, "Transfer-Encoding: chunked"], body);

const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** Bodies of chunks and what follows them. */
export const CHUNK_CASES: readonly Case[] = [
  ...BODIES.map(([body, meant], i): Case => ({
    name: `chunks ${i}: ${short(visible(body))}`,
    source: "RFC 9112 §7.1",
    bytes: post(body),
    meant,
  })),
  ...TRAILERS.map(([trailer, meant]): Case => ({
    name: `trailer ${visible(trailer)}`,
    source: "RFC 9112 §7.1.2",
    bytes: post(`5\r\nhello\r\n0\r\n${trailer}\r\n`),
    meant,
    withheld: /evil/,
  })),
];
