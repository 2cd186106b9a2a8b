import { spawn } from "node:child_process";
import { SetupFailure } from "./failure.mjs";

const quiet = process.argv.includes("--quiet");
const LAST_LINES = 25;

/** Progress for people; nothing with --quiet. */
export function say(text) {
  if (!quiet) process.stdout.write(text);
}

/** Runs one phase, with a line when it begins and one with its time when it ends. */
export async function runPhase(name, work) {
  say(`… ${name}\n`);
  const started = performance.now();
  const pulse = setInterval(() => say(`  ${name}: ${seconds(started)} so far\n`), 10_000);
  try {
    const note = await work();
    say(`✓ ${name}  ${seconds(started)}${note === undefined ? "" : `  (${note})`}\n`);
  } finally {
    clearInterval(pulse);
  }
}

const seconds = (started) => `${((performance.now() - started) / 1000).toFixed(1)} s`;

/** Runs a tool by argument array; its output is kept and shown only when it fails. */
export async function runTool(command, args, { cwd, env = process.env, fix }) {
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const lines = [];
  const keep = (chunk) => {
    lines.push(...String(chunk).split("\n").filter(Boolean));
    lines.splice(0, Math.max(0, lines.length - LAST_LINES));
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const code = await new Promise((resolve) => {
    child.on("error", (error) => {
      keep(error.message);
      resolve(-1);
    });
    child.on("close", resolve);
  });
  if (code === 0) return;
  const shown = [command.split("/").at(-1), ...args.slice(0, 2)].join(" ");
  throw new SetupFailure(
    `${shown} failed (exit ${code}). Its last lines:\n    ${lines.join("\n    ")}`,
    fix,
  );
}
