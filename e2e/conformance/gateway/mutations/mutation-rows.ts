import { atLeast, atMost, type Row } from "../../../src/index.ts";
import { BackEnds } from "../back-ends.ts";
import { sendHttp2Case } from "../downgrade/send-http2-case.ts";
import { Judge } from "../judge.ts";
import { RecordingApp } from "../recording-app.ts";
import { sendCase } from "../send-case.ts";
import { startGateway } from "../subjects.ts";
import { kindOf } from "../tally.ts";
import { casesOf } from "./cases-of.ts";
import { Mutant } from "./mutant.ts";
import { type Mutation, MUTATIONS } from "./mutations.ts";
import { type Noticed, publishMutations } from "./publish-mutations.ts";

type Say = (line: string) => void;

/**
 * Takes each rule of the gateway away in turn, and sees that a case notices which the whole gateway stands. `only`: part
 * of the names of those rules that are looked at. Rejects where nginx or HAProxy is not and cannot be installed.
 */
export async function mutationRows(say: Say, only = ""): Promise<readonly Row[]> {
  await using backEnds = await BackEnds.start();
  const mutations = MUTATIONS.filter(({ rule }) => rule.includes(only));
  for (const mutation of mutations) casesOf(mutation);
  const found: Noticed[] = [];
  for (const mutation of mutations) {
    const whole = await failuresOf(mutation, backEnds);
    await using mutant = await Mutant.make(mutation);
    const without = await failuresOf(mutation, backEnds, mutant.bundle);
    found.push({ mutation, cases: without.filter((name) => !whole.includes(name)) });
  }
  if (only === "") await publishMutations(found);
  return found.map((one) => rowOf(one, say));
}

function rowOf({ mutation: { rule, heldBy }, cases }: Noticed, say: Say): Row {
  say(`without "${rule}":`);
  for (const name of cases.slice(0, 3)) say(`  fails: ${name}`);
  const what = `cases that fail without: ${rule}`;
  if (heldBy === undefined) return atLeast(what, "", cases.length, 1);
  say(`  ${heldBy}`);
  return atMost(`${what} (held twice)`, "", cases.length, 0);
}

/** Names of the cases that go wrong, of those that could notice a mutation. */
async function failuresOf(
  mutation: Mutation,
  backEnds: BackEnds,
  bundle?: string,
): Promise<readonly string[]> {
  await using app = await RecordingApp.start();
  const options = { appPort: app.port, ...(bundle === undefined ? {} : { bundle }) };
  await using gateway = await startGateway(options);
  const judge = new Judge(app, backEnds);
  const failed: string[] = [];
  const { plain, downgrade } = casesOf(mutation);
  for (const one of plain)
    if (kindOf(one, await sendCase(one, gateway, judge))) failed.push(one.name);
  for (const one of downgrade)
    if (kindOf(one, await sendHttp2Case(one, gateway, judge)) !== undefined) failed.push(one.name);
  return failed;
}
