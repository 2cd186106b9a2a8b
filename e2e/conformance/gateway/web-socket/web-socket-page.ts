import { join } from "node:path";
import { INSTALLATION } from "../../../src/index.ts";
import { visible } from "../case.ts";
import { compactTable } from "../markdown-table.ts";

export const WEB_SOCKET_PAGE: string = join(INSTALLATION, "docs/conformance/gateway-websocket.md");

/** What both sides saw. */
export interface Transcript {
  readonly client: readonly string[];
  readonly app: readonly string[];
}

/** One case without a gateway, and through it where that is not the same. */
export interface FoundConversation {
  readonly name: string;
  readonly direct: Transcript;
  readonly through?: Transcript;
}

const HEAD = ["case", "the client saw", "the app saw", "through the gateway"];
const LONGEST = 400;

/** The page that everyone can read. `reasons`: of those cases that may differ. */
export function webSocketPage(
  found: readonly FoundConversation[],
  reasons: ReadonlyMap<string, string>,
): string {
  const rows = found.map(({ name, direct, through }) => [
    name,
    told(direct.client),
    told(direct.app),
    through === undefined ? "the same" : differs(through, reasons.get(name)),
  ]);
  return `# WebSocket through the gateway

\`npm run conformance -- gateway\` writes this page. Each case is done once straight at an app and once through the gateway, with clients and apps that speak by \`ws\` or write bytes of their own; both sides have to see the same, message by message, with pings, close codes, extensions and protocols. Messages are shown by kind, length and text, or by the beginning of their SHA-256. A run fails where something is seen otherwise and no reason is given here.

Of ${found.length} cases ${found.filter(({ through }) => through === undefined).length} are the same.

${compactTable(HEAD, rows)}`;
}

const differs = ({ client, app }: Transcript, reason: string | undefined): string =>
  `client: ${told(client)}; app: ${told(app)}; ${reason ?? "**unexplained**"}`;

function told(seen: readonly string[]): string {
  const text = visible(seen.join(", "));
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}… (${seen.length} things)` : text;
  return short === "" ? "nothing" : `\`${short.replaceAll("`", "\\x60")}\``;
}
