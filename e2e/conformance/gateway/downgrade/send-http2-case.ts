import { connect, type TLSSocket } from "node:tls";
import { HOST } from "../case.ts";
import type { Answered, Judge, Judged, Outcome } from "../judge.ts";
import { DEADLINE_MS, QUIET_MS } from "../send-case.ts";
import type { Subject } from "../subjects.ts";
import { FLAG, FRAME, frame, type Frame, headerFrames, PREFACE, takeFrames } from "./frames.ts";
import { type Field, literals, statusOf } from "./hpack.ts";

/** One request over HTTP/2, byte for byte. */
export interface Http2Case extends Judged {
  /** In their order, pseudo-headers included; each character is a byte. */
  readonly fields: readonly Field[];
  /** The payload of each DATA frame; without any, and without trailers, the request ends with its fields. */
  readonly data?: readonly string[];
  /** A second block of fields. */
  readonly trailers?: readonly Field[];
  /** The last frame does not say that it is the last. */
  readonly isOpen?: boolean;
}

const STREAM = 1;
const NO_BYTES = Buffer.alloc(0);
const SETTINGS = { type: FRAME.settings, stream: 0, payload: NO_BYTES };

/** Sends a case on a connection of its own, and sees what the client and the app get. */
export async function sendHttp2Case(
  one: Http2Case,
  { securePort }: Subject,
  judge: Judge,
): Promise<Outcome> {
  judge.app.take();
  return judge.judge(one, await exchange(framesOf(one), securePort));
}

function framesOf({ fields, data = [], trailers, isOpen = false }: Http2Case): Buffer {
  const bodyEnds = !isOpen && !trailers;
  const body = data.map((text, i) =>
    frame({
      type: FRAME.data,
      flags: bodyEnds && i === data.length - 1 ? FLAG.endStream : 0,
      stream: STREAM,
      payload: Buffer.from(text, "latin1"),
    }),
  );
  return Buffer.concat([
    headerFrames(STREAM, literals(fields), bodyEnds && data.length === 0),
    ...body,
    ...(trailers ? [headerFrames(STREAM, literals(trailers), !isOpen)] : []),
  ]);
}

/** What became of the stream, once nothing more is to come. */
function exchange(request: Buffer, port: number): Promise<Answered> {
  return new Promise((resolve) => {
    const options = { servername: HOST, ALPNProtocols: ["h2"], rejectUnauthorized: false };
    const socket = connect({ host: "127.0.0.1", port, ...options });
    let received: Buffer = NO_BYTES;
    let answered: Answered = { isOver: false };
    let quiet: NodeJS.Timeout | undefined;
    const end = (): void => {
      clearTimeout(deadline);
      clearTimeout(quiet);
      socket.destroy();
      resolve(answered);
    };
    const close = (): void => {
      answered = { ...answered, isOver: true };
      end();
    };
    const deadline = setTimeout(end, DEADLINE_MS);
    socket.on("error", close);
    socket.on("close", close);
    socket.on("data", (data: Buffer) => {
      const { frames, rest } = takeFrames(Buffer.concat([received, data]));
      received = rest;
      for (const one of frames) answered = after(answered, one, socket);
      if (answered.isOver) quiet ??= setTimeout(end, QUIET_MS);
    });
    socket.write(Buffer.concat([Buffer.from(PREFACE), frame({ ...SETTINGS, flags: 0 }), request]));
  });
}

function after(answered: Answered, one: Frame, socket: TLSSocket): Answered {
  const { type, flags, stream, payload } = one;
  if (type === FRAME.settings && !(flags & FLAG.ack))
    socket.write(frame({ ...SETTINGS, flags: FLAG.ack }));
  if (type === FRAME.goAway) return { ...answered, isOver: true };
  if (stream !== STREAM) return answered;
  if (type === FRAME.resetStream) return { ...answered, isOver: true };
  const status = type === FRAME.headers ? statusOf(payload) : undefined;
  const isFinal = status !== undefined && status >= 200;
  // An answer may end long before its request does; what more there is comes at once or never.
  return isFinal ? { status, isOver: true } : answered;
}
