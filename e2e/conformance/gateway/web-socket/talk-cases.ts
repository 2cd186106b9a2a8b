import type { ClientOptions } from "ws";
import { Conversation } from "./conversation.ts";
import type { WebSocketCases } from "./web-socket-case.ts";

type Options = [options?: ClientOptions, protocols?: string[]];
type Talk = (conversation: Conversation) => Promise<void> | void;

/** Opens a WebSocket, does something, and gives what the client saw until the end. */
const talk =
  (path: string, does: Talk, ...options: Options) =>
  async (port: number): Promise<readonly string[]> => {
    const conversation = new Conversation(port, path, ...options);
    try {
      await does(conversation);
      await conversation.over();
      return conversation.seen;
    } finally {
      conversation.socket.terminate();
    }
  };

/** Sends messages to somebody who sends them back, and closes once all are there. */
const echo = (messages: readonly (string | Buffer)[], ...options: Options) =>
  talk(
    "/echo",
    async (conversation) => {
      await conversation.opened();
      for (const message of messages) conversation.socket.send(message);
      await conversation.until(1 + messages.length);
      conversation.socket.close(1000, "done");
    },
    ...options,
  );

const whenOpen =
  (does: (conversation: Conversation) => void): Talk =>
  async (conversation) => {
    await conversation.opened();
    does(conversation);
  };

/** Bytes that say where they are. */
const bytes = (length: number): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, i) => i % 251));

const DEFLATE = { perMessageDeflate: { threshold: 0 } };

const MESSAGES: WebSocketCases = {
  "a text message": echo(["hello"]),
  "an empty text message": echo([""]),
  "text beyond ASCII": echo(["grüße, 世界, 🦀"]),
  "a binary message": echo([bytes(300)]),
  "an empty binary message": echo([Buffer.alloc(0)]),
  "messages around each form of a length": echo([125, 126, 127, 65_535, 65_536, 65_537].map(bytes)),
  "a binary message of 1 MiB": echo([bytes(1024 * 1024)]),
  "a text message of 4 MiB": echo(["abcdefgh".repeat(512 * 1024)]),
  "1,000 messages in order": echo(Array.from({ length: 1_000 }, (_, i) => `message ${i}`)),
  "text and binary in turn": echo(["a", bytes(2), "c", bytes(4), "e"]),
  "a message in fragments": talk("/echo", async (conversation) => {
    await conversation.opened();
    const { socket } = conversation;
    socket.send("one ", { fin: false });
    socket.send("", { fin: false });
    socket.send("two", { fin: true });
    await conversation.until(2);
    socket.close(1000);
  }),
  "a binary message in fragments with a ping between": talk("/echo", async (conversation) => {
    await conversation.opened();
    const { socket } = conversation;
    socket.send(bytes(1_000), { fin: false, binary: true });
    socket.ping("between");
    socket.send(bytes(2_000), { fin: true, binary: true });
    await conversation.until(3);
    socket.close(1000);
  }),
  "fragments from the app with a ping between": talk("/fragments", async (conversation) => {
    await conversation.until(3);
    conversation.socket.close(1000);
  }),
  "8 MiB from the app to a client that reads late": (port) =>
    talk("/much?messages=128", async (conversation) => {
      await conversation.opened();
      conversation.socket.pause();
      await new Conversation(port, "/close?code=1000").over();
      conversation.socket.resume();
    })(port),
  "a message of more than the app takes": talk(
    "/listen",
    whenOpen(({ socket }) => socket.send(Buffer.alloc(17 * 1024 * 1024))),
  ),
};

const CONTROL: WebSocketCases = {
  "a ping from the client": talk("/listen", async (conversation) => {
    await conversation.opened();
    conversation.socket.ping("are you there");
    await conversation.until(2);
    conversation.socket.close(1000);
  }),
  "a ping from the app": talk("/ping", async (conversation) => {
    await conversation.until(2);
    conversation.socket.close(1000);
  }),
  "a pong that nobody asked for": talk(
    "/listen",
    whenOpen(({ socket }) => socket.pong("by the way", undefined, () => socket.close(1000))),
  ),
  "the client closes with 1000 and a reason": talk(
    "/listen",
    whenOpen(({ socket }) => socket.close(1000, "bye")),
  ),
  "the client closes with 4001": talk(
    "/listen",
    whenOpen(({ socket }) => socket.close(4001, "for a reason of its own")),
  ),
  "the client closes without a code": talk(
    "/listen",
    whenOpen(({ socket }) => socket.close()),
  ),
  "the client closes with the longest reason": talk(
    "/listen",
    whenOpen(({ socket }) => socket.close(3000, "r".repeat(123))),
  ),
  "the app closes with 1000": talk("/close?code=1000&reason=bye", () => {}),
  "the app closes with 1001": talk("/close?code=1001&reason=moving", () => {}),
  "the app closes with 1011": talk("/close?code=1011&reason=failed", () => {}),
  "the app closes with 4999": talk("/close?code=4999", () => {}),
  "the app closes without a code": talk("/close", () => {}),
  "the client's program dies": talk(
    "/listen",
    whenOpen(({ socket }) => socket.terminate()),
  ),
  "the app's program dies": talk(
    "/terminate",
    whenOpen(({ socket }) => socket.send("die")),
  ),
  "the app resets the connection": talk(
    "/reset",
    whenOpen(({ socket }) => socket.send("reset")),
  ),
};

const AGREEMENTS: WebSocketCases = {
  compression: echo(["a".repeat(10_000), bytes(100_000)], DEFLATE),
  "compression without memory between messages": echo(["abc".repeat(5_000), "abc".repeat(5_000)], {
    perMessageDeflate: {
      threshold: 0,
      clientNoContextTakeover: true,
      serverNoContextTakeover: true,
    },
  }),
  "compression with a small window": echo(["abc".repeat(5_000)], {
    perMessageDeflate: { threshold: 0, clientMaxWindowBits: 10, serverMaxWindowBits: 10 },
  }),
  "a protocol of two that the app knows": echo(["hello"], {}, ["other", "chat"]),
  "a protocol that the app does not know": talk("/echo", () => {}, {}, ["other"]),
  "a cookie, a query and an origin": echo(["hello"], {
    origin: "https://elsewhere.example",
    headers: { cookie: "a=1; b=2", "user-agent": "x" },
  }),
  "version 8 of the protocol": echo(["hello"], { protocolVersion: 8 }),
};

const ANSWERS: WebSocketCases = {
  "the app answers 403": talk("/403", () => {}),
  "the app answers 401 with a challenge": talk("/401", () => {}),
  "the app answers 200": talk("/200", () => {}),
  "the app answers with a redirect": talk("/302", () => {}),
  "the app answers in the packet that says 101": talk("/at-once", async (conversation) => {
    await conversation.until(2);
    conversation.socket.terminate();
  }),
  "the app sends what is no frame": talk(
    "/nonsense",
    whenOpen(({ socket }) => socket.send("hello")),
  ),
};

/** What programs do that have a library for it. */
export const TALK_CASES: readonly WebSocketCases[] = [MESSAGES, CONTROL, AGREEMENTS, ANSWERS];
