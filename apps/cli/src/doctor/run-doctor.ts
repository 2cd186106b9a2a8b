import type { Context } from "../command-line/context.ts";
import { exitCodeOf } from "../command-line/exit-codes.ts";
import { homeDirectory, homePaths } from "../home/home.ts";
import { isRoot } from "../machine/user.ts";
import type { Output } from "../output/output.ts";
import type { Check } from "./check.ts";
import { checkControlGroups, checkSandbox, checkUserNamespaces } from "./isolation-checks.ts";
import {
  checkDisk,
  checkHome,
  checkMemory,
  checkOpenFiles,
  checkPostgres,
  checkPrivileges,
} from "./machine-checks.ts";
import { checkNodes } from "./node-checks.ts";
import { checkPort } from "./port-check.ts";

/** `bastide doctor`: looks at everything, even when something is wrong early. */
export async function runDoctor(context: Context): Promise<number> {
  const directory = homeDirectory(context.environment, context.installation, isRoot());
  const checks = [
    checkPrivileges(),
    checkHome(directory),
    checkDisk(directory),
    checkMemory(),
    checkOpenFiles(),
    await checkPort(homePaths(directory)),
    checkPostgres(context.installation),
    checkSandbox(),
    checkUserNamespaces(),
    checkControlGroups(),
    ...(await checkNodes(context)),
  ];
  const well = checks.every(({ state }) => state !== "problem");
  context.output.answer({ well, checks }, () => textOf(checks, context.output));
  return well ? 0 : exitCodeOf("unhealthy");
}

function textOf(checks: readonly Check[], output: Output): string {
  const marks = { well: output.green("✓"), warning: "!", problem: output.red("✗") };
  const width = Math.max(...checks.map(({ name }) => name.length)) + 2;
  return checks
    .flatMap(({ name, state, fact, missing = [], fix }) => [
      `${marks[state]} ${name.padEnd(width)}${fact}`,
      ...missing.map((sentence) => `  ${" ".repeat(width)}- ${sentence}`),
      ...(fix === undefined ? [] : [`  ${" ".repeat(width)}fix: ${fix}`]),
    ])
    .join("\n");
}
