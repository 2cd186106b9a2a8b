import { z } from "zod";

/** A field name as HTTP has it (RFC 9110 §5.1), in lower case. */
export const FieldName: z.ZodString = z
  .string()
  .regex(
    /^[a-z0-9!#$%&'*+.^_`|~-]+$/,
    "a header's name has lower-case letters, digits and !#$%&'*+.^_`|~- only",
  )
  .max(100);

/** A field value (RFC 9110 §5.5): no control but the tab, no space at either end, nothing beyond ISO 8859-1. */
export const FieldValue: z.ZodString = z
  .string()
  .regex(
    /^(?:[!-~\u0080-\u00FF](?:[\t -~\u0080-\u00FF]*[!-~\u0080-\u00FF])?)?$/,
    "a header's value has no line break or other control, no space at its ends, and Latin-1 characters only",
  )
  .max(4000);

/** What frames a message or belongs to one connection (RFC 9110 §7.6.1, RFC 9112 §6): a rule would break the request. */
const FRAMING: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Who asks, as only the gateway may say it. Many frameworks read "_" as "-", so it is judged as if it were. */
const IDENTITY = /^(?:x-forwarded-.*|forwarded|x-real-ip|x-bastide-.*|authorization)$/;

/** Whether no rule may set or remove a header, by its lower-case name. */
export function isGatewaysOwn(name: string): boolean {
  const dashed = name.replaceAll("_", "-");
  return FRAMING.has(dashed) || IDENTITY.test(dashed);
}

const RuledName = FieldName.refine((name) => !isGatewaysOwn(name), {
  error: (issue) =>
    `"${String(issue.input)}" frames the message or says who asks; only the gateway sets it`,
});

/** Changes of header fields; `remove` comes before `set`. Framing, hop-by-hop and identity fields cannot be changed. */
export const HeaderRules = z.strictObject({
  remove: z.array(RuledName).max(50).default([]),
  set: z
    .record(RuledName, FieldValue)
    .refine((set) => Object.keys(set).length <= 50, "at most 50 headers can be set")
    .default({}),
});
export type HeaderRules = z.infer<typeof HeaderRules>;
