/** A certificate that was issued, with its key in the clear. */
export interface Issued {
  /** PEM: the certificate, then those between it and its root. */
  readonly chain: string;
  /** PEM, PKCS #8. */
  readonly key: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}
