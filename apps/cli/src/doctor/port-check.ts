import type { HomePaths } from "../home/home.ts";
import { readHomeFile } from "../home/home-file.ts";
import { describeOwner } from "../machine/port-owner.ts";
import { readPidFile } from "../machine/pid-file.ts";
import { takenPort } from "../supervisor/gateway-port.ts";
import { type Check, problem, well } from "./check.ts";

export async function checkPort(paths: HomePaths): Promise<Check> {
  const home = readHomeFile(paths.homeFile);
  const port = home?.ports.gateway ?? 8080;
  if (readPidFile(paths.supervisorPid) !== undefined)
    return well("port", `${port} is the platform's, which is up`);
  const taken = await takenPort(port, paths.agent);
  if (taken === undefined) return well("port", `${port} is free`);
  return problem(
    "port",
    `${port} is taken by ${describeOwner(taken.owner)}`,
    `stop it, or: bastide up --port ${taken.offer}`,
  );
}
