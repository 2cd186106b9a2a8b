/** Renewals are spread over this part of a certificate's life, so that a fleet's do not fall together. */
const JITTER = 1 / 12;

/**
 * When to renew a certificate: at two thirds of its life, or up to a twelfth of it earlier. `random` is in [0, 1).
 */
export function renewAt(
  { notBefore, notAfter }: { readonly notBefore: Date; readonly notAfter: Date },
  random: number,
): Date {
  const lifeMs = notAfter.getTime() - notBefore.getTime();
  return new Date(notBefore.getTime() + lifeMs * (2 / 3 - JITTER * random));
}
