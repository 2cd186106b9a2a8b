import { connect, type Socket } from "node:net";
import { connect as connectSecure, type ConnectionOptions, type TLSSocket } from "node:tls";

/** Where a gateway is attacked. */
export interface Target {
  readonly port: number;
  readonly securePort: number;
  readonly host: string;
  /** Its app resets in the middle of its answers. */
  readonly brokenHost: string;
}

/** What good clients do as many of, to see what they alone would cost the others. */
export type Crowd = "HTTP/1.1" | "HTTPS" | "HTTP/2";

/** One way to harm. */
export interface Attack {
  readonly crowd: Crowd;
  /** One hostile client, until the gateway is rid of it or the signal says that it is enough. */
  readonly run: (target: Target, signal: AbortSignal) => Promise<void>;
}

/** By their names. */
export type Attacks = Readonly<Record<string, Attack>>;

const EVERY_MS = 200;

export function dial(port: number): Socket {
  return connect(port, "127.0.0.1").on("error", () => {});
}

export function dialSecure(
  { securePort, host }: Target,
  options: ConnectionOptions = {},
): TLSSocket {
  const common = { host: "127.0.0.1", port: securePort, servername: host };
  return connectSecure({ ...common, rejectUnauthorized: false, ...options }).on("error", () => {});
}

/** Keeps a connection as long as both want it; `beat` is what is done on it again and again. */
export function held(
  socket: Socket,
  signal: AbortSignal,
  beat?: (round: number) => void,
): Promise<void> {
  return new Promise((resolve) => {
    let round = 0;
    const timer = setInterval(() => socket.writable && beat?.(round++), EVERY_MS);
    const end = (): void => void socket.destroy();
    const over = (): void => {
      clearInterval(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    if (socket.closed) return over();
    socket.once("close", over);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}

/** Writes as fast as the other side takes it. */
export function pour(socket: Socket, next: () => Buffer): void {
  const more = (): void => {
    if (!socket.writable) return;
    // Others of this process have their turn between two writes.
    if (socket.write(next())) setImmediate(more);
    else socket.once("drain", more);
  };
  more();
}
