import { BiscuitError, definePolicy, type Fact, fact, type Policy } from "@bastide/biscuit";
import type { Route, RouteAuthorization } from "@bastide/contracts";

export type BiscuitRule = Extract<RouteAuthorization, { kind: "biscuit" }>;

/** What a route asks of tokens, compiled: one object as long as the route says the same. */
export interface RoutePolicy {
  readonly policy: Policy;
  readonly rule: BiscuitRule;
  /** Facts of the route's owner. */
  readonly owner: readonly Fact[];
  readonly organisation: string | undefined;
  readonly app: string | undefined;
  readonly environment: string | undefined;
}

/** Words for the parts of an owner's name, `org/project/app/environment`. */
const OWNER_FACTS = ["resource_org", "resource_project", "app", "environment"];

/** Undefined for a route that anybody may use. Throws PolicyFault when its policy does not compile. */
export function routePolicyOf({
  settings,
  owner,
}: Pick<Route, "settings" | "owner">): RoutePolicy | undefined {
  const rule = settings?.authorization;
  if (rule?.kind !== "biscuit") return undefined;
  const parts = owner.split("/");
  // The platform's own routes belong to no organisation.
  const named = parts.length === OWNER_FACTS.length ? parts : [];
  const [organisation, , app, environment] = named;
  return {
    policy: compile(rule.policy),
    rule,
    owner: named.map((name, i) => fact(OWNER_FACTS[i] ?? "", name)),
    organisation,
    app,
    environment,
  };
}

/** A policy does not compile; the message has the place and shows it. */
export class PolicyFault extends Error {
  override readonly name = "PolicyFault";
}

function compile(source: string): Policy {
  try {
    return definePolicy(source);
  } catch (error) {
    if (!(error instanceof BiscuitError)) throw error;
    const { message, position } = error;
    if (!position) throw new PolicyFault(message, { cause: error });
    const { line, column } = position;
    throw new PolicyFault(
      `line ${line}, column ${column}: ${message}\n${excerptAt(source, line, column)}`,
      { cause: error },
    );
  }
}

/** The line, and a caret below the place; `column` counts code points. Tabs stay tabs, whatever their width is. */
function excerptAt(text: string, line: number, column: number): string {
  const shown = text.split(/\r\n|\r|\n/)[line - 1] ?? "";
  const before = Array.from(shown).slice(0, column - 1);
  return `${shown}\n${before.map((character) => (character === "\t" ? "\t" : " ")).join("")}^`;
}
