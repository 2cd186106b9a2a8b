import { type Biscuit, expiryOf, type UnverifiedBiscuit } from "@bastide/biscuit";

type AnyToken = Biscuit | UnverifiedBiscuit;

/** What a token says of itself, as JSON; nothing of it lets anybody use the token. */
export interface TokenDescription {
  readonly rootKeyId: number | undefined;
  readonly sealed: boolean;
  readonly expiresAt: string | undefined;
  readonly revocationIds: readonly string[];
  readonly blocks: readonly {
    readonly version: number;
    readonly context: string | undefined;
    readonly externalKey: string | undefined;
    readonly revocationId: string;
    readonly source: string;
  }[];
}

export function describeToken(token: AnyToken): TokenDescription {
  const { rootKeyId, isSealed: sealed, revocationIds } = token;
  return {
    rootKeyId,
    sealed,
    expiresAt: expiryOf(token)?.toISOString(),
    revocationIds,
    blocks: token.blocks.map(({ source, externalKey, ...block }) => ({
      ...block,
      externalKey: externalKey?.toString(),
      source: source.trim(),
    })),
  };
}

/** The same for people, block by block; `signatures` says what is known of them. */
export function tokenText(token: AnyToken, signatures: string, now: Date): string {
  const { rootKeyId, sealed, blocks } = describeToken(token);
  const count = `${blocks.length} block${blocks.length === 1 ? "" : "s"}`;
  const head = `root key ${rootKeyId ?? "(not named)"}, ${count}${sealed ? ", sealed" : ""}; ${signatures}`;
  return [head, expiryText(token, now), ...blocks.flatMap(blockLines)].join("\n");
}

function expiryText(token: AnyToken, now: Date): string {
  const expiresAt = expiryOf(token);
  if (expiresAt === undefined) return "no expiry of the usual form";
  return `${expiresAt <= now ? "expired" : "expires"} at ${expiresAt.toISOString()}`;
}

function blockLines(
  { source, version, context, externalKey, revocationId }: TokenDescription["blocks"][number],
  at: number,
): string[] {
  const title = at === 0 ? "authority" : `attenuation ${at}`;
  return [
    "",
    `${title} (version ${version}${externalKey === undefined ? "" : `, signed by ${externalKey}`})`,
    ...(context === undefined ? [] : [`  context: ${JSON.stringify(context)}`]),
    ...source.split("\n").map((line) => `  ${line}`),
    `  revocation id ${revocationId}`,
  ];
}
