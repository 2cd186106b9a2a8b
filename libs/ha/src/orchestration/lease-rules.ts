/** What a node knows of the lease of a service, at the moment of the decision. */
export type LeaseView =
  | { readonly kind: "mine"; readonly epoch: number }
  | { readonly kind: "not-mine" }
  /** A flex service has none. */
  | { readonly kind: "none-needed" };

/** A failover service is started under a valid epoch or not at all. */
export const mayStart = (lease: LeaseView): boolean => lease.kind !== "not-mine";

/** Whether what runs is what should run here: it is then left alone, whatever else happened. */
export const isRight = (state: string): boolean => state === "started";

/** What runs may write to what would be removed. */
export const mayPurge = (isUp: boolean): boolean => !isUp;
