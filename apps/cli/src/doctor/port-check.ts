import type { Home, HomePaths } from "../home/home.ts";
import { readHomeFile } from "../home/home-file.ts";
import { describeOwner } from "../machine/port-owner.ts";
import { readPidFile } from "../machine/pid-file.ts";
import { takenPort } from "../supervisor/gateway-port.ts";
import { type Check, problem, well } from "./check.ts";

export async function checkPort(paths: HomePaths): Promise<Check> {
  const ports = recordedPorts(paths.homeFile) ?? { gateway: 8080, https: 8443 };
  const both = `${ports.gateway} and ${ports.https}`;
  if (readPidFile(paths.supervisorPid) !== undefined)
    return well("ports", `${both} are the platform's, which is up`);
  for (const [option, port] of [
    ["--port", ports.gateway],
    ["--https-port", ports.https],
  ] as const) {
    const taken = await takenPort(port, paths.agent);
    if (taken !== undefined)
      return problem(
        "ports",
        `${port} is taken by ${describeOwner(taken.owner)}`,
        `stop it, or: bastide up ${option} ${taken.offer}`,
      );
  }
  return well("ports", `${both} are free`);
}

/** None where the home cannot be read, which is what the check of the home says. */
function recordedPorts(homeFile: string): Home["ports"] | undefined {
  try {
    return readHomeFile(homeFile)?.ports;
  } catch {
    return undefined;
  }
}
