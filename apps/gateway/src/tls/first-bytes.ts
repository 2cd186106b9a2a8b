import type { Socket } from "node:net";
import { type ClientHello, MAX_HELLO_BYTES, readClientHello } from "./client-hello.ts";

/** Fatal alerts as records of their own (RFC 8446 §6). */
const UNRECOGNIZED_NAME = Buffer.from([21, 3, 3, 0, 2, 2, 112]);
const PLAIN_HTTP = /^(?:[A-Z]{3,20} |PRI \*)/;
const WANTS_TLS =
  "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 47\r\n\r\n" +
  "This port speaks HTTPS; use an https:// address";

/**
 * Reads a new connection up to the end of its client's hello, puts the bytes back and hands both over. Whatever is no
 * hello, or does not come in time, ends the connection.
 */
export function awaitHello(
  socket: Socket,
  timeoutMs: number,
  onHello: (hello: ClientHello) => void,
  onFailed: (outcome: "closed" | "not-tls" | "timeout") => void = () => {},
): void {
  const timer = setTimeout(() => {
    socket.off("close", drop);
    onFailed("timeout");
    socket.destroy();
  }, timeoutMs);
  const drop = () => {
    clearTimeout(timer);
    onFailed("closed");
  };
  let received: Buffer = Buffer.alloc(0);
  const read = () => {
    for (let chunk: unknown; (chunk = socket.read()) !== null;)
      if (chunk instanceof Buffer)
        received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const reading = readClientHello(received);
    if (reading.kind === "incomplete" && received.length <= MAX_HELLO_BYTES) return;
    clearTimeout(timer);
    socket.off("readable", read);
    socket.off("close", drop);
    if (reading.kind === "hello") {
      socket.unshift(received);
      onHello(reading.hello);
    } else {
      onFailed("not-tls");
      refuseBytes(socket, received);
    }
  };
  socket.on("readable", read);
  socket.once("close", drop);
}

/** Says that no certificate is there for the name, as RFC 6066 §3 has it. */
export function refuseName(socket: Socket): void {
  socket.end(UNRECOGNIZED_NAME, () => socket.destroy());
}

function refuseBytes(socket: Socket, received: Buffer): void {
  if (PLAIN_HTTP.test(received.subarray(0, 24).toString("latin1")))
    socket.end(WANTS_TLS, () => socket.destroy());
  else socket.destroy();
}
