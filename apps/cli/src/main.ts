import { fileURLToPath } from "node:url";
import { COMMANDS } from "./commands/table.ts";
import { runMain } from "./run-main.ts";

await runMain(COMMANDS, fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, ""));
