import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Below those that the kernel gives to outgoing connections (ip_local_port_range): a server that comes back finds its port free. */
const [FIRST, END] = [15_000, 32_768];
/** Files that run at the same time draw from ports of their own: what one has looked at and not yet taken, no other is given. */
const [WORKER, WORKERS] = [Number(process.env["VITEST_POOL_ID"] ?? 0) % 2, 2];

/** A TCP port of 127.0.0.1 that nobody has. */
export function freePort(): Promise<number> {
  const port = randomInt(FIRST / WORKERS, END / WORKERS) * WORKERS + WORKER;
  return new Promise((settle) => {
    const server = createServer().once("error", () => settle(freePort()));
    server.listen(port, "127.0.0.1", () => server.close(() => settle(port)));
  });
}

/** Several of them, which differ. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}
