/** The request's header fields as every Node framework has them: names in lower case. */
export interface HttpMessage {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Names and values in turn, as they came: where a repeated field can still be seen. */
  readonly rawHeaders?: readonly string[] | undefined;
}

/** What a request has to show. */
export type BearerCredentials =
  /** Nothing, or something for another scheme: the caller may not know that a token is wanted. */
  | { readonly kind: "none" }
  /** Meant for us, but not in the form of RFC 6750 §2.1. */
  | { readonly kind: "malformed"; readonly detail: string }
  | { readonly kind: "token"; readonly token: string };

/** `credentials` of RFC 6750 §2.1; the scheme is case-insensitive (RFC 9110 §11.1). */
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i;
const SCHEME = /^bearer(?: |$)/i;

/**
 * The token of a request's `Authorization` field: the one place it is taken from. Query strings end in logs and forms in
 * histories (RFC 6750 §5.3), so neither is read.
 */
export function bearerOf(message: HttpMessage): BearerCredentials {
  const values = authorizationOf(message);
  const [value = ""] = values;
  if (values.length > 1) {
    const detail = `the request has ${values.length} Authorization fields; send one`;
    return { kind: "malformed", detail };
  }
  if (!SCHEME.test(value)) return { kind: "none" };
  const token = BEARER.exec(value)?.[1];
  if (token !== undefined) return { kind: "token", token };
  return { kind: "malformed", detail: "write the field as Authorization: Bearer <token>" };
}

/** Node keeps the first of two `Authorization` fields and another server may keep the last: both must be seen. */
function authorizationOf({ headers, rawHeaders = [] }: HttpMessage): readonly string[] {
  const sent = rawHeaders.filter((_, at) => at % 2 === 1 && isAuthorization(rawHeaders[at - 1]));
  if (sent.length > 0) return sent;
  const value = headers["authorization"] ?? [];
  return typeof value === "string" ? [value] : value;
}

const isAuthorization = (name: string | undefined): boolean =>
  name?.toLowerCase() === "authorization";
