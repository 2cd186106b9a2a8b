import { readFile } from "node:fs/promises";
import { type Domain, endpoints } from "@bastide/contracts";
import { connect } from "../api/connection.ts";
import { within } from "../api/deadline.ts";
import { targetOf } from "../api/target.ts";
import type { TARGET_OPTIONS } from "../api/target-options.ts";
import type { Options } from "../command-line/command.ts";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";

interface CertificateOptions extends Options<typeof TARGET_OPTIONS> {
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly remove: boolean;
}

/** Longer than what the API takes: whatever file this is, it is none of PEM. */
const MOST_CHARACTERS = 200_000;

/** `bastide domain certificate`. */
export async function changeCertificate(
  [domain = ""]: readonly string[],
  options: CertificateOptions,
  context: Context,
): Promise<number> {
  // The files first: nothing is asked of anybody when they cannot be read.
  const body = options.remove ? undefined : await bodyOf(options);
  if (!body && (options.cert !== undefined || options.key !== undefined))
    throw new Failure("usage", "--remove takes neither --cert nor --key");
  const parameters = { ...(await targetOf(options, context)), domain };
  const { client } = await connect(context);
  const call = { parameters, signal: within(context.signal) };
  const changed: Domain = body
    ? await client.call(endpoints.domains.upload, { ...call, body })
    : await client.call(endpoints.domains.withdraw, call);
  context.output.answer(changed, () => textOf(changed));
  return 0;
}

async function bodyOf({
  cert,
  key,
}: CertificateOptions): Promise<{ certificate: string; key: string }> {
  if (cert === undefined || key === undefined)
    throw new Failure(
      "usage",
      cert === undefined
        ? "a certificate is needed: --cert, or --remove to take yours away"
        : "a certificate is of no use without its private key: --key",
      {
        fix: "write it as: bastide domain certificate www.example.org --cert fullchain.pem --key privkey.pem",
      },
    );
  return { certificate: await read(cert), key: await read(key) };
}

async function read(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new Failure("usage", `${path} cannot be read: ${messageOf(cause)}`);
  });
  if (text.length > MOST_CHARACTERS || text === "")
    throw new Failure("usage", `${path} is ${text === "" ? "empty" : "too long for a PEM file"}`);
  return text;
}

const messageOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause);

function textOf({ domain, certificate }: Domain): string {
  const { source, notAfter = "", state } = certificate;
  if (source === "uploaded")
    return `${domain} shows your certificate until ${notAfter.slice(0, 16).replace("T", " ")} UTC; \`bastide domain list\` says so too`;
  return source === "acme"
    ? `${domain} shows its public certificate again, until ${notAfter.slice(0, 10)}`
    : `${domain} has no certificate now (${state}); \`bastide domain list\` shows when there is one`;
}
