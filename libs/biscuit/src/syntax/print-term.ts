import { Parameter, type Predicate, type Term, Variable } from "../datalog/ast.ts";
import { printDate } from "../values/date.ts";
import { toHex } from "../values/hex.ts";
import {
  ArrayValue,
  BytesValue,
  type Composite,
  DateValue,
  MapValue,
  type Value,
} from "../values/value.ts";
import { isName, isVariableName } from "./names.ts";

/** A string in quotes, with the three escapes that the grammar has. */
export function printText(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}

/**
 * A name as it is, or in a form that no parser takes: the wire allows any string as a name, and one with parentheses
 * and semicolons would read as statements that are not there.
 */
export function printName(name: string): string {
  return isName(name) ? name : `<name ${JSON.stringify(name)}>`;
}

export function printVariable(name: string): string {
  return isVariableName(name) ? `$${name}` : `$<name ${JSON.stringify(name)}>`;
}

const printAll = (values: readonly Value[]): string => values.map(printValue).join(", ");

function printMap({ entries }: MapValue): string {
  const items = Array.from(entries, ([key, item]) => `${printValue(key)}: ${printValue(item)}`);
  return `{${items.join(", ")}}`;
}

function printComposite(value: Composite): string {
  if (value instanceof DateValue) return printDate(value.seconds);
  if (value instanceof BytesValue) return `hex:${toHex(value.bytes)}`;
  if (value instanceof MapValue) return printMap(value);
  if (value instanceof ArrayValue) return `[${printAll(value.elements)}]`;
  return value.elements.length === 0 ? "{,}" : `{${printAll(value.elements)}}`;
}

/** A ground term as source. */
export function printValue(value: Value): string {
  if (typeof value === "string") return printText(value);
  return typeof value === "object" && value !== null ? printComposite(value) : String(value);
}

/** Stands for a term that must not be shown. */
export class Placeholder extends Variable {
  /** What is printed, as it is. */
  readonly text: string;

  constructor(text: string) {
    super(text);
    this.text = text;
  }
}

/** A term as source. */
export function printTerm(term: Term): string {
  if (term instanceof Placeholder) return term.text;
  if (term instanceof Parameter) return term.name;
  return term instanceof Variable ? printVariable(term.name) : printValue(term);
}

/** A predicate or fact as source. */
export function printPredicate(predicate: Predicate): string {
  return `${printName(predicate.name)}(${predicate.terms.map(printTerm).join(", ")})`;
}
