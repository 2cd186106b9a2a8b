import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { endpoints, type Source } from "@bastide/contracts";
import { connect, type Connection } from "../api/connection.ts";
import { within } from "../api/deadline.ts";
import type { Place } from "../api/find-platform.ts";
import { type Target, targetOf, titleOf } from "../api/target.ts";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import { bytes } from "../output/columns.ts";
import { during } from "../output/reporter.ts";
import { nameFrom } from "./app-name.ts";
import { finish } from "./finish.ts";
import { bareRepository, parseGitSource, withClone } from "./git-source.ts";
import { showPlan } from "./plan.ts";
import { uploadDirectory } from "./upload.ts";

export interface DeployOptions {
  readonly app: string | undefined;
  readonly env: string | undefined;
  readonly project: string | undefined;
  readonly wait: boolean;
  readonly prebuilt: boolean;
  readonly "verify-reproducible": boolean;
  readonly description: string | undefined;
  readonly steps: string | undefined;
  readonly "step-seconds": number | undefined;
  readonly "drain-seconds": number | undefined;
}

/** The surroundings, and the platform, which is looked for while the source is looked at. */
interface DeployContext extends Context {
  readonly found: Promise<Place>;
}

/** Directory or repository to a running app: plan, upload, deployment, and what came of it. */
export async function deploy(
  source: string,
  options: DeployOptions,
  context: DeployContext,
): Promise<number> {
  const repository = parseGitSource(source) ?? bareRepository(source, context.workingDirectory);
  if (repository === undefined)
    return deployDirectory(checkedDirectory(source, context.workingDirectory), options, context);
  const app =
    options.app ?? nameFrom(repository.url.split(/[/:]/).findLast((part) => part !== "") ?? "");
  const description = options.description ?? source.replace(/\/\/[^/@]*@/, "//").slice(0, 500);
  context.output.note(`cloning ${description}`);
  return withClone(repository, context.signal, (directory) =>
    deployDirectory(directory, { ...options, app, description }, context),
  );
}

function checkedDirectory(path: string, workingDirectory: string): string {
  const directory = resolve(workingDirectory, path);
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return directory;
  throw new Failure(
    "usage",
    `${directory} is not a directory, and "${path}" is not a Git address`,
    {
      fix: "bastide deploy <directory>, or bastide deploy https://example.org/repository.git",
    },
  );
}

async function deployDirectory(
  directory: string,
  options: DeployOptions,
  context: DeployContext,
): Promise<number> {
  const target = await targetOf(options, context, directory);
  const strategy = strategyOf(options);
  // What is wrong with the source is said first.
  const shown = await showPlan(directory, options.prebuilt, context.output);
  const connecting = connectForApp(target, context);
  connecting.catch(() => {});
  const uploaded = await upload(directory, options.prebuilt, target, connecting, context);
  const connection = await connecting;
  const deployment = await connection.client.call(endpoints.deployments.create, {
    parameters: target,
    body: {
      source: uploaded.digest,
      prebuilt: options.prebuilt,
      verifyReproducible: options["verify-reproducible"],
      ...(options.description === undefined ? {} : { description: options.description }),
      ...(strategy === undefined ? {} : { strategy }),
    },
    idempotencyKey: randomUUID(),
    signal: within(context.signal),
  });
  return finish(deployment, target, { connection, context, wait: options.wait, shown });
}

/** The platform, where the app is there to be uploaded to. */
async function connectForApp(target: Target, context: DeployContext): Promise<Connection> {
  const connection = await connect(context, context.found);
  const signal = within(context.signal);
  await connection.client.call(endpoints.apps.put, { parameters: target, signal });
  return connection;
}

function upload(
  directory: string,
  prebuilt: boolean,
  target: Target,
  connecting: Promise<Connection>,
  { output, signal }: Context,
): Promise<Source> {
  return during(output.progress, `uploading ${titleOf(target)}`, async (phase) => {
    phase.update("packing");
    const uploaded = await uploadDirectory(directory, target, connecting, {
      prebuilt,
      signal,
      onProgress: (sent, total) => phase.update(`${bytes(sent)} of ${bytes(total)}`),
    });
    phase.done(`${uploaded.files} files, ${bytes(uploaded.sizeBytes)}`);
    return uploaded;
  });
}

type Strategy = { steps?: number[]; stepSeconds?: number; drainSeconds?: number };

function strategyOf(options: DeployOptions): Strategy | undefined {
  const { steps, "step-seconds": stepSeconds, "drain-seconds": drainSeconds } = options;
  if (steps === undefined && stepSeconds === undefined && drainSeconds === undefined)
    return undefined;
  return {
    ...(steps === undefined ? {} : { steps: parseSteps(steps) }),
    ...(stepSeconds === undefined ? {} : { stepSeconds }),
    ...(drainSeconds === undefined ? {} : { drainSeconds }),
  };
}

/** `10,50,100`: rising shares in per cent that end with all. */
export function parseSteps(text: string): number[] {
  const steps = text.split(",").map(Number);
  const rises = steps.every(
    (step, at) => Number.isInteger(step) && step > (steps[at - 1] ?? 0) && step <= 100,
  );
  if (rises && steps.at(-1) === 100) return steps;
  throw new Failure(
    "usage",
    `--steps is "${text}", but must be rising per cents that end with 100`,
    {
      fix: "for instance: --steps 10,50,100 --step-seconds 30",
    },
  );
}
