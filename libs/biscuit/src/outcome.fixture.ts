/** A decision in the reference's words, as few of them as tell decisions apart: `ok 0`, `no policy`, `Overflow`. */
export function outcomeOf(decision: unknown): string {
  const text = JSON.stringify(decision);
  const ok = /^\{"Ok":(\d+)\}$/.exec(text);
  if (ok !== null) return `ok ${ok[1]}`;
  const execution = /"Execution":(?:"|\{")(\w+)/.exec(text);
  if (execution !== null) return execution[1] ?? "";
  const limit = /"RunLimit":"(\w+)"/.exec(text);
  if (limit !== null) return limit[1] ?? "";
  if (text.includes('"Language"')) return "no program";
  const checks = Array.from(text.matchAll(/"check_id":(\d+)/g), ([, id]) => id).join(" ");
  const policy = /"(Allow|Deny)":(\d+)/.exec(text);
  const decided = policy === null ? "no policy" : `${policy[1]?.toLowerCase()} ${policy[2]}`;
  return checks === "" ? decided : `${decided}, failed checks ${checks}`;
}
