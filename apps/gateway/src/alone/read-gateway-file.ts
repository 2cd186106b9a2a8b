import { type Route, routeKey } from "@bastide/contracts";
import { isAlias, LineCounter, parseDocument, visit, type Document } from "yaml";
import { z } from "zod";
import { InvalidTable } from "../table/invalid-table.ts";
import { changesOf, RouteTable, routeTwice } from "../table/route-table.ts";
import { contradictionsIn, type Found } from "./contradictions.ts";
import { problemsOf } from "./file-issue.ts";
import { type FileProblem, FileRefused } from "./file-problem.ts";
import { type FileRoute, GatewayFile } from "./gateway-file.ts";
import { routesOfFile } from "./routes-of-file.ts";
import { tryParseYaml } from "./quick-yaml.ts";
import { YamlPlaces } from "./yaml-places.ts";

const MAX_BYTES = 64 * 1024 * 1024;
const MAX_PROBLEMS = 50;
/** Deeper nesting than the file has; it bounds the parser's recursion. */
const MAX_BRACKETS = 64;

/** A file that can be put into force: its text was understood, and its routes make a table. */
export interface ReadFile {
  readonly file: GatewayFile;
  readonly routes: readonly Route[];
}

/**
 * Reads `gateway.yaml`: YAML 1.2 of one document, without anchors and aliases. `instanceOf` names the instance behind an
 * address. Throws FileRefused with every problem.
 */
export function readGatewayFile(
  text: string,
  name: string,
  instanceOf: (address: string) => string,
): ReadFile {
  const quick = tryQuickly(text, instanceOf);
  return quick && isTable(quick.routes) ? quick : readWithPlaces(text, name, instanceOf);
}

/**
 * The same for whoever puts the routes into a table anyway, by their keys: that each has one of its own is looked at, and
 * not that they make a table. Where they turn out to make none, `readGatewayFile` says why.
 */
export function readForTable(
  text: string,
  name: string,
  instanceOf: (address: string) => string,
): ReadFile {
  const quick = tryQuickly(text, instanceOf);
  return quick && haveKeysOfTheirOwn(quick.routes) ? quick : readWithPlaces(text, name, instanceOf);
}

/** Everything but the routes: what a gateway's processes are started with. Undefined when something is wrong there. */
export function tryReadStart(text: string): Omit<GatewayFile, "routes"> | undefined {
  return GatewayStart.safeParse(tryParseYaml(withoutRoutes(text))).data;
}

const GatewayStart = GatewayFile.omit({ routes: true }).extend({
  routes: z.unknown().optional(),
});

/**
 * Leaves out what is most of the file: a list below `routes:` at the beginning of a line, up to the next key there. A
 * file in another style stays whole.
 */
function withoutRoutes(text: string): string {
  return text.replace(
    /^routes:[ \t]*\r?\n(?:(?:[ \t#-].*)?\r?\n)*(?:[ \t#-].*$)?/m,
    "routes: []\n",
  );
}

/** Undefined when anything is wrong with the file: what, and where, is for the slower reader to say. */
function tryQuickly(text: string, instanceOf: (address: string) => string): ReadFile | undefined {
  const parsed = GatewayFile.safeParse(tryParseYaml(text));
  if (!parsed.success || parsed.data.routes.some(leadsNowhere)) return undefined;
  if (contradictionsIn(parsed.data).length > 0) return undefined;
  return { file: parsed.data, routes: routesOfFile(parsed.data, instanceOf) };
}

const haveKeysOfTheirOwn = (routes: readonly Route[]): boolean =>
  new Set(routes.map(routeKey)).size === routes.length;

function isTable(routes: readonly Route[]): boolean {
  try {
    return new RouteTable(routes).hosts >= 0;
  } catch (cause) {
    if (cause instanceof InvalidTable) return false;
    throw cause;
  }
}

function readWithPlaces(
  text: string,
  name: string,
  instanceOf: (address: string) => string,
): ReadFile {
  if (Buffer.byteLength(text) > MAX_BYTES || nesting(text) > MAX_BRACKETS)
    throw new FileRefused(name, [{ line: 1, column: 1, message: TOO_MUCH }]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, version: "1.2", logLevel: "error" });
  const places = new YamlPlaces(document, lines);
  refuse(name, syntaxProblems(document, places));
  const parsed = GatewayFile.safeParse(document.toJS({ maxAliasCount: 0 }) ?? {}, {
    reportInput: true,
  });
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, places));
    throw new FileRefused(name, problems.slice(0, MAX_PROBLEMS));
  }
  const routes = routesOfFile(parsed.data, instanceOf);
  refuse(name, [
    ...emptyRoutes(parsed.data, places),
    ...contradictionsIn(parsed.data).map((found) => placed(found, places)),
    ...tableProblems(routes, places),
  ]);
  return { file: parsed.data, routes };
}

const TOO_MUCH = `the file is too large: ${MAX_BYTES} bytes and ${MAX_BRACKETS} brackets in each other are the most`;

function refuse(name: string, problems: readonly FileProblem[]): void {
  if (problems.length > 0) throw new FileRefused(name, problems.slice(0, MAX_PROBLEMS));
}

function nesting(text: string): number {
  let [open, deepest] = [0, 0];
  for (const character of text) {
    if (character === "[" || character === "{") deepest = Math.max(deepest, (open += 1));
    if (character === "]" || character === "}") open = Math.max(0, open - 1);
  }
  return deepest;
}

function syntaxProblems(document: Document.Parsed, places: YamlPlaces): FileProblem[] {
  const problems = [...document.errors, ...document.warnings].map(({ message, pos }) => ({
    ...places.at(pos[0]),
    message: (message.split("\n", 1)[0] ?? "").replace(/ at line \d+, column \d+:?$/, ""),
  }));
  visit(document, {
    Node(_key, node) {
      if (isAlias(node) || node.anchor !== undefined)
        problems.push({
          ...places.at(node.range?.[0] ?? 0),
          message: "anchors and aliases are not allowed; write the value out",
        });
    },
  });
  return problems;
}

/** Refuses what is wrong with the files that a file names, at the places where it names them. */
export function refuseFound(text: string, name: string, found: readonly Found[]): void {
  if (found.length === 0) return;
  const lines = new LineCounter();
  const places = new YamlPlaces(parseDocument(text, { lineCounter: lines }), lines);
  refuse(
    name,
    found.map((one) => placed(one, places)),
  );
}

const placed = ({ path, message }: Found, places: YamlPlaces): FileProblem => ({
  ...places.of(path),
  message,
});

/** It would answer nothing but errors: that is a mistake. */
const leadsNowhere = ({ upstreams, settings }: FileRoute): boolean =>
  upstreams.length === 0 && !settings?.redirect && !settings?.maintenance;

function emptyRoutes({ routes }: GatewayFile, places: YamlPlaces): FileProblem[] {
  return routes.flatMap((route, i) =>
    leadsNowhere(route)
      ? [
          {
            ...places.of(["routes", i]),
            message: `routes[${i}] leads nowhere: give it upstreams, or settings.redirect or settings.maintenance`,
          },
        ]
      : [],
  );
}

/** Routes go into a table one by one, so that each one that does not fit is named at its place. */
function tableProblems(routes: readonly Route[], places: YamlPlaces): FileProblem[] {
  const table = new RouteTable();
  return routes.flatMap((route, i) => {
    try {
      const [[key, one] = ["", route]] = changesOf([route]);
      if (table.has(key)) throw routeTwice(key);
      table.change(new Map([[key, one]]));
      return [];
    } catch (cause) {
      if (!(cause instanceof InvalidTable)) throw cause;
      return [{ ...places.of(["routes", i]), message: `routes[${i}]: ${cause.message}` }];
    }
  });
}
