/** What one of the platform's programs shows to the others and believes of them: PEM texts. */
export interface Credentials {
  /** Its certificate and the authority's. */
  readonly certificate: string;
  readonly key: string;
  /** The node authority: the only one that is believed. */
  readonly authority: string;
}
