import { atMost, figure, notShown, type Row } from "../../src/index.ts";
import { BackEnds } from "./back-ends.ts";
import type { Case } from "./case.ts";
import { CASES } from "./cases.ts";
import { DOWNGRADE_CASES } from "./downgrade/downgrade-cases.ts";
import { type Http2Case, sendHttp2Case } from "./downgrade/send-http2-case.ts";
import { Judge, type Outcome } from "./judge.ts";
import { publishRequests } from "./requests/publish-requests.ts";
import type { FoundRequest } from "./requests/request-page.ts";
import { RecordingApp } from "./recording-app.ts";
import { sendCase } from "./send-case.ts";
import { startGateway, startNginx, type Subject } from "./subjects.ts";
import { type Tally, tally } from "./tally.ts";

type Witness = (one: Case | Http2Case, outcome: Outcome) => void;

/** One way to ask, and how many right requests a strict reader may refuse all the same. */
interface Suite {
  readonly over: string;
  readonly size: number;
  readonly run: (subject: Subject, judge: Judge, seen?: Witness) => Promise<Tally>;
  readonly mayRefuse: number;
}

const SUITES: readonly Suite[] = [
  {
    over: "HTTP/1.1",
    size: CASES.length,
    run: (subject, judge, seen) => tally(CASES, (one) => sendCase(one, subject, judge), seen),
    // Node's parser takes no tab behind a transfer coding.
    mayRefuse: 1,
  },
  {
    over: "HTTP/2",
    size: DOWNGRADE_CASES.length,
    run: (subject, judge, seen) =>
      tally(DOWNGRADE_CASES, (one) => sendHttp2Case(one, subject, judge), seen),
    mayRefuse: 0,
  },
];

const MENDED = "passed on without the one field that is malformed, unseen by Node's users";

/** Requests that may mean two things, to the gateway and beside it to nginx. `say`: for what is not in a row. */
export async function smugglingRows(say: (line: string) => void): Promise<readonly Row[]> {
  await using stack = new AsyncDisposableStack();
  const backEnds = await BackEnds.start().catch((error: unknown) => say(String(error)));
  if (backEnds) stack.use(backEnds);
  const found: FoundRequest[] = [];
  const seen: Witness = (one, outcome) => found.push({ one, outcome });
  const rows = await Promise.all(
    SUITES.map((suite) => rowsOf(suite, backEnds ?? undefined, seen, say)),
  );
  // What nobody read behind it is no page to keep.
  if (backEnds) await publishRequests(found);
  const missing = notShown("read alike by nginx, HAProxy and Node", "needs nginx and HAProxy");
  return [...rows.flat(), ...(backEnds ? [] : [missing])];
}

async function rowsOf(
  { over, size, run, mayRefuse }: Suite,
  backEnds: BackEnds | undefined,
  seen: Witness,
  say: (line: string) => void,
): Promise<readonly Row[]> {
  await using app = await RecordingApp.start();
  await using nginxApp = await RecordingApp.start();
  await using gateway = await startGateway({ appPort: app.port });
  await using nginx = await startNginx({ appPort: nginxApp.port });
  say(`${size} requests over ${over} that may mean two things …`);
  const [ours, theirs] = await Promise.all([
    run(gateway, new Judge(app, backEnds), seen),
    nginx && run(nginx, new Judge(nginxApp)),
  ]);
  if (!theirs) say("nginx is not here, and was not compared with");
  for (const [kind, names] of Object.entries(ours))
    for (const name of names) if (kind !== "mended") say(`  ${kind}: ${name}`);
  const row = (what: string, kind: keyof Tally, most = 0): Row => {
    const peer = theirs && { value: theirs[kind].length, name: "nginx" };
    return atMost(what, "", ours[kind].length, most, peer);
  };
  return [
    figure(`requests over ${over} that were sent`, "", size),
    row("passed on ambiguously", "ambiguous"),
    row("passed on though they must be refused", "lenient"),
    ...(ours.mended.length > 0 ? [figure(MENDED, "", ours.mended.length)] : []),
    row("refused though they are right", "strict", mayRefuse),
    row("neither refused nor passed on", "silent"),
  ];
}
