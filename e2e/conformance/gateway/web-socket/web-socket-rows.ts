import { writeFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { atMost, figure, type Row, until } from "../../../src/index.ts";
import { startGateway } from "../subjects.ts";
import { TalkingApp } from "./talking-app.ts";
import type { WebSocketCase } from "./web-socket-case.ts";
import {
  type FoundConversation,
  type Transcript,
  WEB_SOCKET_PAGE,
  webSocketPage,
} from "./web-socket-page.ts";
import { KNOWN_DIFFERENCES, WEB_SOCKET_CASES } from "./web-socket-cases.ts";

/** Every case once straight to the app and once through the gateway; both sides have to see the same. */
export async function webSocketRows(say: (line: string) => void): Promise<readonly Row[]> {
  await using app = await TalkingApp.start();
  await using gateway = await startGateway({ appPort: app.port, patienceSeconds: 30 });
  say(
    `${WEB_SOCKET_CASES.length} cases of WebSocket, each beside a connection without a gateway …`,
  );
  const differ: string[] = [];
  const found: FoundConversation[] = [];
  for (const one of WEB_SOCKET_CASES) {
    const direct = await transcriptOf(one, app.port, app);
    const through = await transcriptOf(one, gateway.port, app);
    const isAlike = isDeepStrictEqual(direct, through);
    found.push({ name: one.name, direct, ...(isAlike ? {} : { through }) });
    if (isAlike) continue;
    differ.push(one.name);
    const reason = KNOWN_DIFFERENCES.get(one.name);
    if (reason !== undefined) say(`  a known difference: ${one.name}: ${reason}`);
    else say(`  not as without a gateway: ${one.name}:\n    ${told(direct)}\n    ${told(through)}`);
  }
  await writeFile(WEB_SOCKET_PAGE, webSocketPage(found, KNOWN_DIFFERENCES));
  const stale = [...KNOWN_DIFFERENCES.keys()].filter((name) => !differ.includes(name));
  for (const name of stale) say(`  no longer different, to be taken off the list: ${name}`);
  const unexplained = differ.filter((name) => !KNOWN_DIFFERENCES.has(name)).length;
  return [
    figure("cases of WebSocket that were run", "", WEB_SOCKET_CASES.length),
    atMost("seen otherwise through the gateway, unexplained", "", unexplained, 0),
    figure("seen otherwise, listed with reasons", "", differ.length - unexplained),
    atMost("listed, though they are alike now", "", stale.length, 0),
  ];
}

/** Rejects when the case does not come to its end: then there is nothing to compare. */
async function transcriptOf(
  { name, run }: WebSocketCase,
  port: number,
  app: TalkingApp,
): Promise<Transcript> {
  app.take();
  try {
    const client = await run(port);
    await until("the app has seen the end", () => app.connections === 0);
    return { client, app: app.take() };
  } catch (cause) {
    throw new Error(`the case "${name}" has no end`, { cause });
  }
}

const told = (transcript: Transcript): string => JSON.stringify(transcript).slice(0, 600);
