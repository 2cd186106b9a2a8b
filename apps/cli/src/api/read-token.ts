import { readFileSync } from "node:fs";
import { Failure, systemCode } from "../command-line/failure.ts";

/** Reads a token from a file: one line of base64url. */
export function readToken(file: string): string {
  try {
    return checkToken(readFileSync(file, "utf8"), file);
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw new Failure("refused", `the token in ${file} cannot be read (${code})`, {
      fix:
        code === "EACCES"
          ? "run this as its owner, or log in with a token of your own"
          : "run `bastide up`, or give another file",
      cause: error,
    });
  }
}

export function checkToken(text: string, where: string): string {
  const token = text.trim();
  if (/^[\w=-]{20,65536}$/.test(token)) return token;
  throw new Failure(
    "refused",
    `${where} holds no token: a token is one line of letters, digits, - and _`,
    {
      fix: "copy it whole, from `admin.token` or from whoever gave it to you",
    },
  );
}
