import { command } from "../command-line/command.ts";
import { TOKEN_OPTIONS } from "./token-options.ts";

export const tokenRevoke = command({
  name: "token revoke",
  summary: "take a token back, and all that were narrowed from it",
  description:
    "Names the token by its revocation id, as `token inspect` shows it, or takes the token itself, which is not sent\nanywhere. Resolves when every gateway refuses it. Needs a token that may operate the platform.",
  arguments: [{ name: "id", summary: "revocation id of a block, in hexadecimal" }],
  options: {
    ...TOKEN_OPTIONS,
    family: {
      type: "boolean",
      summary: "of a token: revoke what it was narrowed from as well, with all that stem from it",
    },
  },
  examples: ["bastide token revoke --token-file leaked.token"],
  async run({ options, arguments: [id] }, context) {
    const { revokeToken } = await import("../tokens/revoke-token.ts");
    return revokeToken(id, options, context);
  },
});

export const tokenRevocations = command({
  name: "token revocations",
  summary: "list what was revoked and may still be unexpired, newest first",
  options: {},
  examples: ["bastide token revocations", "bastide token revocations --json"],
  async run(_, context) {
    const { listRevocations } = await import("../tokens/revoke-token.ts");
    return listRevocations(context);
  },
});
