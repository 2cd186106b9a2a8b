import { canonicalRevocationId, expiryOf, UnverifiedBiscuit } from "@bastide/biscuit";
import { endpoints, type Revocation } from "@bastide/contracts";
import { connect } from "../api/connection.ts";
import { within } from "../api/deadline.ts";
import { everyPage } from "../api/every-page.ts";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import { columns } from "../output/columns.ts";
import { type TokenOptions, tokenFor } from "./given-token.ts";

interface RevokeOptions extends TokenOptions {
  readonly family: boolean;
}

/** `bastide token revoke`. The token itself stays here: only its id is sent. */
export async function revokeToken(
  id: string | undefined,
  options: RevokeOptions,
  context: Context,
): Promise<number> {
  const body = await revocationOf(id, options, context);
  const { client } = await connect(context);
  const signal = within(context.signal);
  const made = await client.call(endpoints.revocations.create, { body, signal });
  context.output.answer(made, () => {
    const until = made.expiresAt === undefined ? "for ever" : `until ${made.expiresAt}`;
    const where = made.inForce
      ? "in force at every gateway"
      : "recorded; not every gateway has confirmed it yet";
    return `revoked ${shortened(made.id)} ${until}: ${where}`;
  });
  return 0;
}

/** `bastide token revocations`. */
export async function listRevocations(context: Context): Promise<number> {
  const { client } = await connect(context);
  const revocations = await everyPage((cursor) =>
    client.call(endpoints.revocations.list, {
      query: { limit: 200, cursor },
      signal: within(context.signal),
    }),
  );
  context.output.answer({ revocations }, () =>
    revocations.length === 0
      ? "no token is revoked"
      : columns([
          ["REVOCATION ID", "REVOKED AT", "BY", "FORGOTTEN AFTER"],
          ...revocations.map(({ id, createdAt, createdBy, expiresAt }) => [
            id,
            createdAt,
            createdBy,
            expiresAt ?? "never",
          ]),
        ]),
  );
  return 0;
}

async function revocationOf(
  id: string | undefined,
  options: RevokeOptions,
  context: Context,
): Promise<Revocation> {
  const isGiven = options["token-file"] !== undefined || options["token-stdin"];
  if (id !== undefined && isGiven)
    throw new Failure("usage", "give a revocation id or a token, not both");
  if (id !== undefined) return { id: canonicalRevocationId(id) };
  // The token in use is never meant: revoking it would lock its holder out.
  if (!isGiven)
    throw new Failure("usage", "which token? give a revocation id, --token-file or --token-stdin");
  return revocationOfToken(UnverifiedBiscuit.parse(await tokenFor(options, context)), options);
}

function revocationOfToken(token: UnverifiedBiscuit, { family }: RevokeOptions): Revocation {
  if (family) return { id: token.revocationIds.at(0) ?? "" };
  const expiresAt = expiryOf(token)?.toISOString();
  // Whatever is narrowed from it has its checks as well, and so ends no later.
  return { id: token.revocationIds.at(-1) ?? "", ...(expiresAt !== undefined && { expiresAt }) };
}

const shortened = (id: string): string => `${id.slice(0, 16)}…`;
