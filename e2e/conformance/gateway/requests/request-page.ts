import { type Case, visible } from "../case.ts";
import type { Http2Case } from "../downgrade/send-http2-case.ts";
import type { Outcome } from "../judge.ts";
import { compactTable } from "../markdown-table.ts";

/** One request, and what became of it. */
export interface FoundRequest {
  readonly one: Case | Http2Case;
  readonly outcome: Outcome;
}

const BACK_ENDS = ["Node", "nginx", "HAProxy"];
const HEAD = ["case", "sent", "said in", "meant", "became", ...BACK_ENDS];

/** The page that everyone can read: every request, in the order of the corpus whichever was answered first. */
export function requestPage(found: readonly FoundRequest[]): string {
  const over1 = found.filter(({ one }) => "bytes" in one);
  const over2 = found.filter(({ one }) => !("bytes" in one));
  const part = (title: string, of: readonly FoundRequest[]) =>
    `## ${title}\n\n${of.length} requests, of which ${of.filter(({ outcome }) => outcome.verdict === "refused").length} are refused.\n\n${compactTable(HEAD, of.map(cellsOf))}`;
  return `# Requests that may mean two things, at the gateway

\`npm run conformance -- gateway\` writes this page. Each request is sent byte for byte on a connection of its own; bytes that are no text are shown as \\x and two digits, and long runs of one by their number. A request is refused, and nothing of it reaches an app, or it is forwarded, and then Node's parser, nginx and HAProxy as back ends are asked what they read in the bytes that the gateway passed on: method, target, Host and body, or the status with which they would have none of it. Behind each the request \`GET /after\` is sent, so that one which finds another end of the body reads it otherwise. A run fails where two of them read it in two ways. "either" is what recipients may refuse or read in the one way that its source names.

${part("HTTP/1.1", over1)}
${part("HTTP/2", over2)}`;
}

/** What the corpus itself says of a request: by these a page is known to be older than the corpus. */
export const corpusCells = (one: Case | Http2Case): readonly string[] => [
  one.name,
  code(sentOf(one)),
  one.source,
  one.meant,
];

const cellsOf = ({ one, outcome }: FoundRequest): readonly string[] => [
  ...corpusCells(one),
  becameOf(outcome),
  ...BACK_ENDS.map((name) =>
    outcome.readings
      .filter(({ backEnd }) => backEnd === name)
      .map(({ read }) => code(shortened(visible(read))))
      .join(" "),
  ),
];

function becameOf({ verdict, detail, requests }: Outcome): string {
  if (verdict === "refused")
    return detail
      .replace("answered with none", "refused: closed")
      .replace("answered with", "refused:");
  if (verdict !== "passed") return `**${verdict}**: ${detail}`;
  return `forwarded${requests === 1 ? "" : ` as ${requests} requests`}, ${detail}`;
}

function sentOf(one: Case | Http2Case): string {
  if ("bytes" in one) return shortened(visible(one.bytes));
  const { fields, data = [], trailers = [], isOpen = false } = one;
  const list = (some: typeof fields) =>
    some.map(([name, value]) => shortened(visible(`${name}: ${value}`))).join("; ");
  return [
    list(fields),
    ...data.map((text) => `DATA ${shortened(visible(text))}`),
    ...(trailers.length === 0 ? [] : [`trailers ${list(trailers)}`]),
    ...(isOpen ? ["(not ended)"] : []),
  ].join(" / ");
}

/** Runs of more than forty of one character, or of one escaped byte, by their number. */
const shortened = (text: string): string =>
  text.replaceAll(
    /(\\x[0-9a-f]{2}|.)\1{40,}|\\x[0-9a-f]{2}|./g,
    (run: string, unit: string | undefined) =>
      unit === undefined ? run : `${unit}{× ${run.length / unit.length}}`,
  );

/** A back quote would end it. */
const code = (text: string): string => `\`${text.replaceAll("`", "\\x60")}\``;
