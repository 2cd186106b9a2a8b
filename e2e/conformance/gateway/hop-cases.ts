import { type Case, HOST, type Meant, request, SMUGGLED } from "./case.ts";

const TO = `Host: ${HOST}`;

/** Lines that belong to one connection, or that only a proxy may say. */
const LINES: readonly (readonly [readonly string[], Meant, RegExp?])[] = [
  [["Connection: close"], "pass"],
  [["Connection: keep-alive, x-secret", "X-Secret: evil"], "pass", /evil/],
  [["Connection: Host"], "either"],
  [["Connection: X-Forwarded-For, X-Forwarded-Proto"], "pass"],
  [["Connection: , ,"], "either"],
  [["Keep-Alive: evil=1"], "pass", /evil/],
  [["Proxy-Connection: evil"], "pass", /evil/],
  [["Proxy-Authorization: evil"], "pass", /evil/],
  [["TE: trailers, evil"], "pass", /evil/],
  [["Upgrade: evil"], "either", /evil/],
  [["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"], "either", /h2c/],
  [["X-Forwarded-For: evil"], "pass", /evil/],
  [["X-Forwarded-Host: evil"], "pass", /evil/],
  [["X-Forwarded-Proto: evil"], "pass", /evil/],
  [["X-Forwarded-Anything: evil"], "pass", /evil/],
  [["X_Forwarded_For: evil"], "pass", /evil/],
  [["Forwarded: for=evil"], "pass", /evil/],
  [["X-Real-IP: evil"], "pass", /evil/],
  [["X_Real-IP: evil"], "pass", /evil/],
  [["X-Bastide-User: evil"], "pass", /evil/],
  [["x-bastide-identity: evil"], "pass", /evil/],
  [["X_Bastide_User: evil"], "pass", /evil/],
  [["X-Bastide_User: evil"], "pass", /evil/],
  [["X-Bastide-Client-Subject: evil"], "pass", /evil/],
  [["X-BASTIDE-CLIENT-FINGERPRINT: evil"], "pass", /evil/],
  [["Expect: 100-continue"], "either"],
  [["Expect: evil"], "either", /evil/],
]; // prettier-ignore

const body = (lines: readonly string[], content: string): string =>
  request(["POST /hop HTTP/1.1", TO, ...lines], content);

/** What must stay on this side of a proxy. */
export const HOP_CASES: readonly Case[] = [
  ...LINES.map(([lines, meant, withheld]): Case => ({
    name: `hop ${lines.join(" then ")}`,
    source: "RFC 9110 §7.6.1",
    bytes: request(["GET /hop HTTP/1.1", TO, ...lines]),
    meant,
    ...(withheld && { withheld }),
  })),
  {
    name: "hop Connection names Content-Length",
    source: "RFC 9110 §7.6.1",
    bytes: body(["Connection: Content-Length", `Content-Length: ${SMUGGLED.length}`], SMUGGLED),
    meant: "either",
  },
  {
    name: "hop Connection names Transfer-Encoding",
    source: "RFC 9110 §7.6.1",
    bytes: body(
      ["Connection: Transfer-Encoding", "Transfer-Encoding: chunked"],
      "5\r\nhello\r\n0\r\n\r\n",
    ),
    meant: "either",
  },
  {
    name: "hop an upgrade with a body that is a request",
    source: "RFC 9110 §7.8",
    bytes: body(
      [
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        `Content-Length: ${SMUGGLED.length}`,
      ],
      SMUGGLED,
    ),
    meant: "either",
  },
  {
    name: "hop an upgrade that the app declines, with a request behind it",
    source: "RFC 9110 §7.8",
    bytes:
      request([
        "GET /hop HTTP/1.1",
        TO,
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 777",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      ]) + request(["GET /second HTTP/1.1", TO]),
    meant: "either",
    requests: 2,
  },
];
