/** What is to be done to every store. */
export interface StoreChange {
  /** PEM. */
  readonly certificate: string;
  /** What it is called in a store, and its file's name. */
  readonly name: string;
  readonly isRemoval: boolean;
}

/** What came of it: `message` says the fact, and what to do where something is left to do. */
export interface StoreResult {
  readonly store: string;
  readonly state: "done" | "left-out" | "failed";
  readonly message: string;
}
