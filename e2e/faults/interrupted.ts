import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Deployment, endpoints, hasEnded } from "@bastide/contracts";
import { atMost, INSTALLATION, type Platform, type Row, until } from "../src/index.ts";
import { type Brick, killBrick } from "./kill.ts";

const CALL_MS = 5_000;
const EVERY_MS = 2;
/** With the start of what was killed. */
const END_MS = 60_000;

export interface Interruption {
  readonly app: string;
  readonly brick: Brick;
  readonly rounds: number;
  readonly say: (line: string) => void;
}

/** Why a deployment that was interrupted did not end cleanly; undefined if it did. */
export function uncleanness(
  { phase, version, failure }: Pick<Deployment, "phase" | "version" | "failure">,
  served: { readonly before: string; readonly after: string },
): string | undefined {
  if (phase === "succeeded")
    return served.after === `v${version}`
      ? undefined
      : `v${version} succeeded, ${served.after} serves`;
  if (phase !== "failed") return `it ended as ${phase}`;
  if (served.after !== served.before) return `it failed, and ${served.after} serves`;
  return failure?.message ? undefined : "it failed without a message";
}

const targetOf = (app: string) => ({
  organisation: "main",
  project: "main",
  app,
  environment: "production",
});

async function deployments(platform: Platform, app: string): Promise<readonly Deployment[]> {
  const api = await platform.api();
  const { items } = await api.call(endpoints.deployments.list, {
    parameters: targetOf(app),
    query: { limit: 5 },
    signal: AbortSignal.timeout(CALL_MS),
  });
  return items;
}

const underWay = async (platform: Platform, app: string) =>
  (await deployments(platform, app)).find(({ phase }) => !hasEnded(phase));

/** The deployment once it has ended; undefined while it has not, or nobody can say. */
async function endOf(
  platform: Platform,
  app: string,
  deployment: string,
): Promise<Deployment | undefined> {
  const found = await (
    await platform.api()
  ).call(endpoints.deployments.get, {
    parameters: { ...targetOf(app), deployment },
    signal: AbortSignal.timeout(CALL_MS),
  });
  return hasEnded(found.phase) ? found : undefined;
}

/** The release that answers. */
async function releaseServed(platform: Platform, app: string): Promise<string | undefined> {
  const answer = await platform.fetch(app).catch(() => undefined);
  if (answer?.status !== 200) return undefined;
  return ((await answer.json()) as { release: string }).release;
}

/**
 * Kills a brick during a deployment: it must succeed, and its release serve, or fail saying why, and the release of
 * before serve on.
 */
export async function deploymentInterrupted(
  platform: Platform,
  { app, brick, rounds, say }: Interruption,
): Promise<Row[]> {
  const source = await mkdtemp(join(tmpdir(), "bastide-faults-"));
  let unclean = 0;
  try {
    await cp(join(INSTALLATION, "examples/node-http"), source, { recursive: true });
    for (let round = 1; round <= rounds; round++) {
      const serving = () => releaseServed(platform, app);
      const before = await until(`${app} answering`, serving);
      const { id, ended } = await interrupt(platform, { app, brick, source });
      say(`  the deployment's command ended with ${(await ended).code}`);
      const end = await until(
        "the deployment's end",
        () => endOf(platform, app, id).catch(() => undefined),
        { deadlineMs: END_MS },
      );
      const after = await until(`${app} answering`, serving);
      const why = uncleanness(end, { before, after });
      say(`  it ${end.phase}${why === undefined ? "" : `: ${why}`}`);
      if (why !== undefined) unclean += 1;
    }
  } finally {
    await rm(source, { recursive: true, force: true });
  }
  const what = `deployments that a kill -9 of the ${brick} left neither served nor failed with a reason`;
  return [atMost(what, "", unclean, 0)];
}

/** Begins a deployment of something new and kills the brick while it is under way. */
async function interrupt(
  platform: Platform,
  { app, brick, source }: { readonly app: string; readonly brick: Brick; readonly source: string },
) {
  const program = join(source, "server.js");
  await writeFile(
    program,
    `${await readFile(program, "utf8")}// Changed before the ${brick} dies.\n`,
  );
  const ended = platform.cli(["deploy", source, "--app", app]);
  const { id } = await until("a deployment under way", () => underWay(platform, app), {
    everyMs: EVERY_MS,
  });
  await killBrick(platform, brick);
  return { id, ended };
}
