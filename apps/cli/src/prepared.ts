import { resolve } from "node:path";
import { startupSnapshot } from "node:v8";
import { deploy } from "./commands/deploy.ts";
import { rollback } from "./commands/rollback.ts";
import { runMain } from "./run-main.ts";

/**
 * The commands that a pipeline waits for. When the platform is built this file is run once, and the heap that it leaves
 * is kept (Node's startup snapshot): a command then begins with everything loaded. Nothing may be read or opened here,
 * since that moment is not the command's.
 */
const LOADED_BEFORE = [
  () => import("./api/find-platform.ts"),
  () => import("./deploy/app-name.ts"),
  () => import("./deploy/deploy.ts"),
  () => import("./deploy/roll-back.ts"),
];

for (const load of LOADED_BEFORE) void load();

startupSnapshot.setDeserializeMainFunction(() => {
  // The launcher names the program that would run without a snapshot; what was the path at the build may have moved.
  const [, main = ""] = process.argv;
  void runMain({ "an app": [deploy, rollback] }, resolve(main, "../../../.."));
});
