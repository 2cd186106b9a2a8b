import { HOST, request } from "../case.ts";
import { RawConversation } from "./conversation.ts";
import type { WebSocketCases } from "./web-socket-case.ts";

const UPGRADE = ["Connection: Upgrade", "Upgrade: websocket"];
const KEY = ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="];
const ask = (path: string, lines: readonly string[], method = "GET"): string =>
  request([`${method} ${path} HTTP/1.1`, `Host: ${HOST}`, ...lines]);
/** Masked with noughts (RFC 6455 §5.3), so that their bytes can be read here. */
const masked = (text: string): string =>
  `\x81${String.fromCharCode(0x80 + text.length)}\0\0\0\0${text}`;
const CLOSE = "\x88\x82\0\0\0\0\x03\xe8";

/** Says something as it is, does something, and gives what came back until the other side has ended its half. */
const rawCase =
  (bytesOf: string, does: (conversation: RawConversation) => Promise<void> | void = () => {}) =>
  async (port: number): Promise<readonly string[]> => {
    const conversation = new RawConversation(port, bytesOf);
    try {
      await does(conversation);
      await conversation.ended();
      return conversation.seen;
    } finally {
      conversation.socket.destroy();
    }
  };
const ENDS = "Connection: close";

const REQUESTS: WebSocketCases = {
  "version 12, which there is not": rawCase(
    ask("/echo", [...UPGRADE, "Sec-WebSocket-Version: 12", ...KEY.slice(1)]),
  ),
  "no version": rawCase(ask("/echo", [...UPGRADE, ...KEY.slice(1)])),
  "no key": rawCase(ask("/echo", [...UPGRADE, "Sec-WebSocket-Version: 13"])),
  "a key that is none": rawCase(
    ask("/echo", [...UPGRADE, "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: short"]),
  ),
  "Upgrade without Connection": rawCase(ask("/echo", ["Upgrade: websocket", ...KEY, ENDS])),
  "Connection without Upgrade": rawCase(ask("/echo", ["Connection: Upgrade, close", ...KEY])),
  "neither of both": rawCase(ask("/echo", [...KEY, ENDS])),
  "Upgrade in a list of Connection": rawCase(
    ask("/echo", ["Connection: keep-alive, Upgrade", "Upgrade: websocket", ...KEY]) +
      masked("hi") +
      CLOSE,
  ),
  capitals: rawCase(
    ask("/echo", ["CONNECTION: UPGRADE", "UPGRADE: WebSocket", ...KEY]) + masked("hi") + CLOSE,
  ),
  "HTTP/1.0": rawCase(`GET /echo HTTP/1.0\r\nHost: ${HOST}\r\n\r\n`),
};

const BYTES: WebSocketCases = {
  "a message in the packet that asks": rawCase(
    ask("/echo", [...UPGRADE, ...KEY]) + masked("early") + CLOSE,
  ),
  "many messages in the packet that asks": rawCase(
    ask("/echo", [...UPGRADE, ...KEY]) +
      Array.from({ length: 200 }, (_, i) => masked(`early ${i}`)).join("") +
      CLOSE,
  ),
  "a message in the packet that asks an app that refuses": rawCase(
    ask("/403", [...UPGRADE, ...KEY]) + masked("early"),
  ),
  "a frame without a mask": rawCase(`${ask("/listen", [...UPGRADE, ...KEY])}\x81\x05hello`),
  "a frame with a bit that means nothing": rawCase(
    `${ask("/listen", [...UPGRADE, ...KEY])}\xc1\x85\0\0\0\0hello`,
  ),
  "text that is no UTF-8": rawCase(
    `${ask("/listen", [...UPGRADE, ...KEY])}\x81\x82\0\0\0\0\xff\xfe`,
  ),
  "a fragment that continues nothing": rawCase(
    `${ask("/listen", [...UPGRADE, ...KEY])}\x80\x85\0\0\0\0hello`,
  ),
  "a close frame of one byte": rawCase(
    `${ask("/listen", [...UPGRADE, ...KEY])}\x88\x81\0\0\0\0\x03`,
  ),
  "the client ends its half after a message": rawCase(
    ask("/whole", [...UPGRADE, ...KEY]),
    async (conversation) => {
      await conversation.answered();
      conversation.send(masked("hello"));
      conversation.socket.end();
    },
  ),
  "the app ends its half, and the client says more": rawCase(
    ask("/half", [...UPGRADE, ...KEY]) + masked("hello"),
    async (conversation) => {
      await conversation.ended();
      conversation.send(masked("more"));
      conversation.socket.end();
    },
  ),
  "the client resets the connection": rawCase(
    ask("/listen", [...UPGRADE, ...KEY]),
    async (conversation) => {
      await conversation.answered();
      conversation.socket.resetAndDestroy();
    },
  ),
  // The last of all: its client is gone before the gateway has asked the app, which may hear of it in the case that follows.
  "the client ends its half with its request": rawCase(
    ask("/whole", [...UPGRADE, ...KEY]),
    (conversation) => void conversation.socket.end(),
  ),
};

/** What no library does. */
export const RAW_CASES: readonly WebSocketCases[] = [REQUESTS, BYTES];
