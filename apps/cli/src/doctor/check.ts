/** One thing that was looked at on this machine. */
export interface Check {
  readonly name: string;
  /** `warning`: it works, with less. */
  readonly state: "well" | "warning" | "problem";
  readonly fact: string;
  readonly fix?: string;
  /** What of it is not there and why, a sentence each. */
  readonly missing?: readonly string[];
}

export const well = (name: string, fact: string): Check => ({ name, state: "well", fact });
export const warning = (name: string, fact: string, fix: string): Check => ({
  name,
  state: "warning",
  fact,
  fix,
});
export const problem = (name: string, fact: string, fix: string): Check => ({
  name,
  state: "problem",
  fact,
  fix,
});
