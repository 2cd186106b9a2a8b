import { connect } from "node:net";
import type { Case } from "./case.ts";
import type { Judge, Outcome } from "./judge.ts";
import type { Subject } from "./subjects.ts";

/** Nothing more is to come when a connection that has an answer is silent for so long. */
export const QUIET_MS = 150;
export const DEADLINE_MS = 6_000;

/** Sends the bytes of a case on a connection of its own, and sees what the client and the app get. */
export async function sendCase(one: Case, { port }: Subject, judge: Judge): Promise<Outcome> {
  judge.app.take();
  const { received, isClosed } = await exchange(one.bytes, port);
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(received)?.[1];
  // Bytes without a status are no answer, and no refusal.
  return judge.judge(one, {
    ...(status !== undefined && { status: Number(status) }),
    isOver: status !== undefined || (received === "" && isClosed),
  });
}

/** Everything that comes back until the connection ends or has nothing more to say. */
function exchange(
  bytes: string,
  port: number,
): Promise<{ readonly received: string; readonly isClosed: boolean }> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    let received = "";
    let isClosed = false;
    let quiet: NodeJS.Timeout | undefined;
    const end = (): void => {
      clearTimeout(deadline);
      clearTimeout(quiet);
      socket.destroy();
      resolve({ received, isClosed });
    };
    const close = (): void => {
      isClosed = true;
      end();
    };
    const deadline = setTimeout(end, DEADLINE_MS);
    socket.on("error", close);
    socket.on("close", close);
    socket.on("data", (data) => {
      received += data.toString("latin1");
      clearTimeout(quiet);
      quiet = setTimeout(end, QUIET_MS);
    });
    socket.write(Buffer.from(bytes, "latin1"));
  });
}
