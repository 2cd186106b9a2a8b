import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Failure, systemCode } from "../command-line/failure.ts";
import { writeFileAtomically } from "../home/atomic-file.ts";
import { type Environment, loginFile } from "./login-file.ts";

/** What `bastide login` keeps: one platform and the token for it. */
export const Login = z.strictObject({ url: z.url(), token: z.string().min(1).max(65_536) });
export type Login = z.infer<typeof Login>;

export function readLogin(environment: Environment): Login | undefined {
  const file = loginFile(environment);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    return Login.parse(JSON.parse(text));
  } catch (cause) {
    throw new Failure("refused", `${file} is damaged`, {
      fix: "log in again: bastide login <url> --token-stdin",
      cause,
    });
  }
}

export function writeLogin(environment: Environment, login: Login): string {
  const file = loginFile(environment);
  mkdirSync(join(file, ".."), { recursive: true, mode: 0o700 });
  writeFileAtomically(file, `${JSON.stringify(login)}\n`, { mode: 0o600 });
  return file;
}

export const forgetLogin = (environment: Environment): void =>
  rmSync(loginFile(environment), { force: true });
