import type { ChangeVariables } from "@bastide/contracts";

/** A variable in the clear, as it is before and after a change. */
export interface PlainVariable {
  readonly name: string;
  readonly value: string;
  readonly secret: boolean;
}

/** What to write; nothing for what stays as it is. */
export interface VariablePlan {
  readonly write: readonly PlainVariable[];
  readonly remove: readonly string[];
}

/** Most variables of one app in one environment. */
export const MAX_VARIABLES = 500;
/** All names and values together: an instance gets them as its environment, which the kernel bounds (execve(2)). */
export const MAX_TOTAL_BYTES = 512 * 1024;

/** Names that a request both sets and unsets. */
export const contradictionsOf = ({ set, unset }: ChangeVariables): readonly string[] =>
  unset.filter((name) => Object.hasOwn(set, name));

/** What has to be written so that `current` becomes what `change` asks for. Unsetting what is not set does nothing. */
export function planChanges(
  current: readonly PlainVariable[],
  { set, unset }: ChangeVariables,
): VariablePlan {
  const before = new Map(current.map((variable) => [variable.name, variable]));
  const write = Object.entries(set)
    .map(([name, { value, secret }]) => ({ name, value, secret }))
    .filter(({ name, value, secret }) => {
      const old = before.get(name);
      return old?.value !== value || old.secret !== secret;
    });
  return { write, remove: unset.filter((name) => before.has(name)) };
}

/** Why the variables would be too many after a plan; undefined when they are not. */
export function excessOf(
  current: readonly PlainVariable[],
  { write, remove }: VariablePlan,
): string | undefined {
  const after = new Map(current.map(({ name, value }) => [name, value]));
  for (const name of remove) after.delete(name);
  for (const { name, value } of write) after.set(name, value);
  if (after.size > MAX_VARIABLES)
    return `there would be ${after.size} variables; the limit is ${MAX_VARIABLES} per app and environment`;
  const bytes = [...after].reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
  if (bytes <= MAX_TOTAL_BYTES) return undefined;
  return `the variables would have ${bytes} bytes; the limit is ${MAX_TOTAL_BYTES} per app and environment; put large values into a file of the app`;
}
