/** One endpoint was asked once and gave nothing that counts. The text is a fact; `fix` says what to do about it. */
export class AttemptFailed extends Error {
  override readonly name = "AttemptFailed";
  readonly fix: string;
  /** False only when it is certain that etcd did nothing: the request was never sent, or refused before it began. */
  readonly isPerhapsDone: boolean;

  constructor(fact: string, { fix, isPerhapsDone, cause }: AttemptFacts) {
    super(fact, { cause });
    this.fix = fix;
    this.isPerhapsDone = isPerhapsDone;
  }
}

export interface AttemptFacts {
  readonly fix: string;
  readonly isPerhapsDone: boolean;
  readonly cause?: unknown;
}

export const FIX_NOT_ETCD =
  "check that this is the client URL of an etcd 3.4 or later, and that nothing in between changes its answers";
