import { type Biscuit, expiryOf, rule } from "@bastide/biscuit";

/** Who sends a request, as the authority block of the token says. Attenuations narrow it; they never add to it. */
export interface Caller {
  /** `user:admin`, `node:n1`, `gateway:n1`: for `createdBy`, logs and idempotency keys. */
  readonly subject: string;
  /** What comes after the colon. */
  readonly name: string;
  readonly isPlatformAdmin: boolean;
  readonly roles: readonly { readonly organisation: string; readonly role: string }[];
  /** The earliest expiry that any block of the token sets. */
  readonly expiresAt?: Date;
}

/** The kinds of subject, the most specific first: a token that is a node's is never taken for a user's. */
const KINDS = [
  ["node", rule`subject($name) <- node($name)`],
  ["join", rule`subject($name) <- join($name)`],
  ["gateway", rule`subject($name) <- gateway($name)`],
  ["user", rule`subject($name) <- user($name)`],
] as const;

const ROLES = rule`roles($org, $role) <- role($org, $role)`;
const PLATFORM_ROLES = rule`platform($role) <- platform_role($role)`;

export function callerOf(token: Biscuit): Caller {
  const { kind, name } = subjectOf(token);
  const expiresAt = expiryOf(token);
  return {
    subject: `${kind}:${name}`,
    name,
    isPlatformAdmin: token.query(PLATFORM_ROLES).some(([role]) => role === "admin"),
    roles: token.query(ROLES).flatMap(([organisation, role]) => {
      const isText = typeof organisation === "string" && typeof role === "string";
      return isText ? [{ organisation, role }] : [];
    }),
    ...(expiresAt && { expiresAt }),
  };
}

function subjectOf(token: Biscuit): { kind: string; name: string } {
  for (const [kind, query] of KINDS) {
    const [name] = token.query(query)[0] ?? [];
    if (typeof name === "string") return { kind, name };
  }
  return { kind: "anonymous", name: "anonymous" };
}
