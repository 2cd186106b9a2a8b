import { spawn } from "node:child_process";
import { endpoints } from "@bastide/contracts";
import type { Options } from "../command-line/command.ts";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import { connect } from "./connection.ts";
import { within } from "./deadline.ts";
import { targetOf, titleOf } from "./target.ts";
import type { TARGET_OPTIONS } from "./target-options.ts";

/** `bastide open`: the address, and a browser where there is a screen. */
export async function openApp(
  options: Options<typeof TARGET_OPTIONS>,
  context: Context,
): Promise<number> {
  const { output, environment } = context;
  const target = await targetOf(options, context);
  const { client } = await connect(context);
  const app = await client.call(endpoints.apps.get, {
    parameters: target,
    signal: within(context.signal),
  });
  const url = app.environments.find((one) => one.environment === target.environment)?.url;
  if (url === undefined)
    throw new Failure("notFound", `${titleOf(target)} is not deployed`, {
      fix: `bastide deploy --app ${target.app}`,
    });
  output.answer({ url }, () => url);
  const hasScreen = (environment["DISPLAY"] ?? environment["WAYLAND_DISPLAY"] ?? "") !== "";
  if (hasScreen && output.interactive) showInBrowser(url);
  return 0;
}

/** Best effort: the address was printed already. */
function showInBrowser(url: string): void {
  const browser = spawn("xdg-open", [url], { stdio: "ignore", detached: true });
  browser.on("error", () => {});
  browser.unref();
}
