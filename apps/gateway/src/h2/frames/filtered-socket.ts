import { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { ClientFrames } from "./client-frames.ts";
import { FrameFilter, type FrameUser } from "./frame-filter.ts";
import { SHUTDOWN_NOTICE } from "./shutdown-notice.ts";

type Done = () => void;

/**
 * A client's connection as a session of HTTP/2 reads and writes it: without the frames that are not to reach Node. It has no
 * errors of its own: a connection that breaks off closes, and the session with it.
 */
export class FilteredSocket extends Duplex {
  readonly #socket: TLSSocket;

  constructor(socket: TLSSocket, user: Omit<FrameUser, "pass">) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    const filter = new FrameFilter(new ClientFrames(() => socket.bytesWritten), {
      pass: (bytes) => {
        if (!this.push(bytes)) socket.pause();
      },
      end: (error) => user.end(error),
      reset: (stream, error) => user.reset(stream, error),
      noticed: () => user.noticed(),
    });
    socket.pause();
    socket.on("data", (chunk: Buffer) => filter.take(chunk));
    socket.once("end", () => this.push(null));
    socket.once("close", () => this.destroy());
  }

  /** Each write of a session is of whole frames: the notice comes between two of them. */
  sendShutdownNotice(): void {
    if (this.#socket.writable) this.#socket.write(SHUTDOWN_NOTICE);
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#socket.write(chunk, () => done());
  }

  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], done: Done): void {
    const whole = Buffer.concat(chunks.map(({ chunk }) => chunk));
    this.#socket.write(whole, () => done());
  }

  override _final(done: Done): void {
    this.#socket.end(() => done());
  }

  override _destroy(_error: Error | null, done: Done): void {
    // What a session says at its end is on its way still; who looks after sessions that are over ends what stays.
    this.#socket.destroySoon();
    done();
  }
}
