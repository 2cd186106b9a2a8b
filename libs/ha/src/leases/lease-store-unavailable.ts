/** The lease store gave no answer, or none that can be understood: what was asked may have been done or not. */
export class LeaseStoreUnavailable extends Error {
  override readonly name = "LeaseStoreUnavailable";
}
