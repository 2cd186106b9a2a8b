import type { HeaderRules } from "@bastide/contracts";
import type { OutgoingHttpHeaders } from "node:http";

/** Changes of an answer's headers on their way to the client; applied in the order of the fields. */
export interface HeaderEdit {
  /** Lower-case names. */
  readonly remove: readonly string[];
  readonly set: Readonly<Record<string, string>>;
  /** Only where the upstream set no such header. */
  readonly suggest: Readonly<Record<string, string>>;
  /** Besides what is there. */
  readonly append: readonly (readonly [name: string, value: string])[];
}

/** A request's headers by name, changed by its route's rules. */
export function withRules(
  headers: OutgoingHttpHeaders,
  rules: HeaderRules | undefined,
): OutgoingHttpHeaders {
  if (!rules) return headers;
  const changed = { ...headers };
  for (const name of rules.remove) delete changed[name];
  return { ...changed, ...rules.set };
}

/** An answer's headers as a raw list of names and values; the order and case of what stays is the upstream's. */
export function edited(raw: readonly string[], edit: HeaderEdit | undefined): string[] {
  if (!edit) return [...raw];
  const dropped = new Set([...edit.remove, ...Object.keys(edit.set)]);
  const kept: string[] = [];
  const present = new Set<string>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [name, value] = [raw[i] ?? "", raw[i + 1] ?? ""];
    if (dropped.has(name.toLowerCase())) continue;
    present.add(name.toLowerCase());
    kept.push(name, value);
  }
  const suggested = Object.entries(edit.suggest).filter(([name]) => !present.has(name));
  return [...kept, ...Object.entries(edit.set).flat(), ...suggested.flat(), ...edit.append.flat()];
}
