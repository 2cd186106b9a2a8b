import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Failure, messageOf } from "../command-line/failure.ts";
import { ipProgram, type NodeLink, type NodeNetwork } from "../home/node-network.ts";

const run = promisify(execFile);

async function ip(...words: readonly string[]): Promise<string> {
  const { stdout } = await run(ipProgram() ?? "ip", [...words], { timeout: 10_000 });
  return stdout;
}

/** Makes what is not there yet: what a supervisor that was killed left is used as it is, since instances live in it. */
export async function makeNetwork(network: NodeNetwork): Promise<void> {
  try {
    if (!(await isThere(network.bridge))) await makeBridge(network);
    for (const link of network.links)
      await ((await isThere(link.link)) ? setCable(link, true) : makeLink(network, link));
  } catch (error) {
    throw new Failure(
      "failed",
      `the networks of this machine's nodes cannot be made: ${messageOf(error)}`,
      {
        fix: `remove what is in the way (\`ip link delete ${network.bridge}\`), or run as an ordinary user: nodes then have addresses on the loopback interface`,
        cause: error,
      },
    );
  }
}

const isThere = (link: string): Promise<boolean> =>
  ip("link", "show", "dev", link).then(
    () => true,
    () => false,
  );

async function makeBridge({ bridge, host }: NodeNetwork): Promise<void> {
  await ip("link", "add", bridge, "type", "bridge");
  await ip("address", "add", `${host}/24`, "dev", bridge);
  await ip("link", "set", bridge, "up");
}

async function makeLink(
  { bridge, host }: NodeNetwork,
  { namespace, link, address }: NodeLink,
): Promise<void> {
  // Left over where a link was removed by hand.
  await ip("netns", "delete", namespace).catch(() => "");
  await ip("netns", "add", namespace);
  await ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", namespace);
  await ip("link", "set", link, "master", bridge, "up");
  const inside = (...words: readonly string[]): Promise<string> => ip("-n", namespace, ...words);
  await inside("link", "set", "lo", "up");
  await inside("address", "add", `${address}/24`, "dev", "eth0");
  await inside("link", "set", "eth0", "up");
  await inside("route", "add", "default", "via", host);
}

/** Once nothing runs in them any more. What is gone already is no trouble. */
export async function removeNetwork({ bridge, links }: NodeNetwork): Promise<void> {
  for (const { namespace, link } of links) {
    await ip("link", "delete", link).catch(() => "");
    await ip("netns", "delete", namespace).catch(() => "");
  }
  await ip("link", "delete", bridge).catch(() => "");
}

/** Pulls a node's network cable, or puts it back. Nobody is told: packets just do not arrive. */
export const setCable = async ({ link }: NodeLink, isIn: boolean): Promise<void> =>
  void (await ip("link", "set", link, isIn ? "up" : "down"));
