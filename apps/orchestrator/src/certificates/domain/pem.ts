import type { X509Certificate } from "node:crypto";

/** Why certificates that somebody gave cannot be used: the fact and what to do. */
export class NotUsable extends Error {
  override readonly name = "NotUsable";
}

export interface PemBlock {
  /** Such as `CERTIFICATE`. */
  readonly kind: string;
  readonly pem: string;
}

const BEGIN = /^-----BEGIN ([A-Z0-9 ]{1,40})-----$/;

/** What is closed as it was opened (RFC 7468). Line by line, so that no text takes longer than its length. */
export function pemBlocksIn(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  let kind: string | undefined;
  let lines: string[] = [];
  for (const line of text.split("\n").map((each) => each.trim())) {
    const begun = BEGIN.exec(line)?.[1];
    if (begun !== undefined) [kind, lines] = [begun, []];
    if (kind !== undefined) lines.push(line);
    if (kind === undefined || line !== `-----END ${kind}-----`) continue;
    blocks.push({ kind, pem: lines.join("\n") });
    kind = undefined;
  }
  return blocks;
}

/** Throws NotUsable for a certificate that is not valid now. */
export function checkDates(one: X509Certificate, now: Date): void {
  if (one.validToDate <= now)
    throw new NotUsable(
      `${nameOf(one)} expired at ${one.validToDate.toISOString()}; give one that is valid now`,
    );
  if (one.validFromDate > now)
    throw new NotUsable(
      `${nameOf(one)} is valid from ${one.validFromDate.toISOString()} on; give one that is valid now`,
    );
}

/** In one form, whatever was around it or how its lines were broken. */
export const pemOf = (one: X509Certificate): string => `${one.toString().trim()}\n`;

/** Whose certificate it is, in a line. */
export function nameOf(certificate: X509Certificate | undefined): string {
  if (!certificate) return "none";
  return oneLine(certificate.subject) || (certificate.subjectAltName ?? "one without a name");
}

/** A distinguished name as Node gives it has its parts on lines. */
export const oneLine = (name: string): string => name.split("\n").join(", ");
