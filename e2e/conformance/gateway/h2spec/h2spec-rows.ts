import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atLeast, atMost, figure, notShown, type Row } from "../../../src/index.ts";
import { RecordingApp } from "../recording-app.ts";
import { startGateway, startNginx, type Subject } from "../subjects.ts";
import { buildH2spec } from "./build-h2spec.ts";
import { compare, type Comparison } from "./compare.ts";
import { KNOWN_DIFFERENCES } from "./known-differences.ts";
import { publish } from "./publish.ts";
import { CASES_OF_H2SPEC, runH2spec } from "./run-h2spec.ts";

const TITLE = "HTTP/2 cases of h2spec";
/** Longer than h2spec waits for anything: a connection that ends by itself would look like a refusal. */
const PATIENCE_SECONDS = 30;

/** h2spec against the gateway and nginx; each case that nginx passes has to pass. `say`: for what is not in a row. */
export async function h2specRows(say: (line: string) => void): Promise<readonly Row[]> {
  const directory = await mkdtemp(join(tmpdir(), "bastide-h2spec-"));
  try {
    const program = await buildH2spec(directory).catch((error: unknown) => say(String(error)));
    if (!program) return [notShown(TITLE, "h2spec needs go, and its modules")];
    await using app = await RecordingApp.start();
    const options = { appPort: app.port, patienceSeconds: PATIENCE_SECONDS };
    await using nginx = await startNginx(options);
    if (!nginx) return [notShown(TITLE, "needs nginx to compare with")];
    await using gateway = await startGateway(options);
    const report = (subject: Subject) => join(directory, `${subject.name}.xml`);
    // Beside each other: most of the time is h2spec waiting for an answer that does not come.
    const [ours, peers] = await Promise.all([
      runH2spec(program, gateway, report(gateway)),
      runH2spec(program, nginx, report(nginx)),
    ]);
    const found = compare(ours, peers, KNOWN_DIFFERENCES);
    await publish(found, nginx.version ?? "");
    return rowsOf(found, say);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function rowsOf(found: Comparison, say: (line: string) => void): readonly Row[] {
  const { passed, passedByPeer, behind, known, stale } = found;
  for (const name of behind) say(`  passed by nginx and not by the gateway: ${name}`);
  for (const name of known)
    say(`  a known difference from nginx: ${name}: ${KNOWN_DIFFERENCES.get(name)}`);
  for (const name of stale) say(`  no longer different, to be taken off the list: ${name}`);
  const nginx = { value: passedByPeer, name: "nginx" };
  return [
    figure(`${TITLE} that were run`, "", CASES_OF_H2SPEC),
    atLeast("passed, strict ones included", "", passed, passedByPeer, nginx),
    atMost("passed by nginx and not by the gateway, unexplained", "", behind.length, 0),
    figure("passed by nginx and not by the gateway, listed with reasons", "", known.length),
    atMost("listed, though they are as with nginx now", "", stale.length, 0),
  ];
}
