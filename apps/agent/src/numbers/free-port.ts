import { createServer } from "node:net";

/** Where instances listen that were told nothing else. */
export const LOOPBACK = "127.0.0.1";

/** Whether a program could listen on the port of this machine's address now. */
export function isPortFree(port: number, host: string = LOOPBACK): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
