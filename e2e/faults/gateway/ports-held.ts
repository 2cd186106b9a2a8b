import { readFile } from "node:fs/promises";
import { descriptorsOf } from "./probe/footprint.ts";

/** Ports of the clients whose connections to one of `ports` a process holds. */
export async function portsHeldBy(
  pid: number,
  ports: readonly number[],
): Promise<readonly number[]> {
  const held = new Set(
    (await descriptorsOf(pid)).map((link) => /^socket:\[(\d+)\]/.exec(link)?.[1]),
  );
  return connectionsIn(await readFile("/proc/net/tcp", "utf8")).flatMap(
    ({ inode, localPort, remotePort }) =>
      held.has(inode) && ports.includes(localPort) ? [remotePort] : [],
  );
}

interface Connection {
  readonly inode: string;
  readonly localPort: number;
  readonly remotePort: number;
}

/** Every connection by the text of /proc/net/tcp (proc_net_tcp in the kernel's documentation): addresses are in hexadecimal. */
export function connectionsIn(text: string): readonly Connection[] {
  return text
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => {
      const [, local = "", remote = "", , , , , , , inode = ""] = line.trim().split(/\s+/);
      return { inode, localPort: portOf(local), remotePort: portOf(remote) };
    });
}

const portOf = (address: string): number => Number.parseInt(address.split(":")[1] ?? "", 16);
