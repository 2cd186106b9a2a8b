/** Why a node does not take an instance, or nobody does. A closed set; the text beside it states the fact. */
export const REFUSAL_CODES = [
  "lost",
  "cordoned",
  "driver",
  "labels",
  "policy",
  "policy-unanswered",
  "policy-error",
  "cpu",
  "memory",
  "instances",
  "spread",
  "apart",
  "with",
  "quota-cpu",
  "quota-memory",
  "quota-instances",
  "no-nodes",
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

export interface Refusal {
  readonly code: RefusalCode;
  /** What is asked for and what there is, as one sentence without its end: "needs 512 MiB, 200 are free". */
  readonly fact: string;
}

/** Of one node: `refusals` is empty where it could take the instance. */
export interface NodeVerdict {
  readonly node: string;
  readonly refusals: readonly Refusal[];
}
