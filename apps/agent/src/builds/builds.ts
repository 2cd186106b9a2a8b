import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import {
  buildSource,
  type BuildOptions,
  BuilderError,
  type BuiltArtefact,
  compareBuilds,
  type DependencyCache,
} from "@bastide/builder";
import { type AgentBuildEvent, type AgentBuildRequest, BuildResult } from "@bastide/contracts";
import type { RunLimits, RuntimeDriver } from "@bastide/runtime";
import type { ArtefactCache } from "../artefacts/artefact-cache.ts";
import type { Installation } from "../bricks/installation.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { explainFileError, isDiskFull } from "../disk/file-errors.ts";
import type { Journal } from "../journal/journal.ts";
import { reasonOf } from "../journal/reason.ts";
import type { NumberLedger } from "../numbers/number-ledger.ts";
import { orAborted } from "../signals/or-aborted.ts";
import type { BuildQueue } from "./build-queue.ts";
import { DriverBuildSandbox } from "./driver-build-sandbox.ts";
import { EventChannel } from "./event-channel.ts";

export interface BuildsOptions {
  /** Holds one directory per build under way; on the dependency cache's file system. */
  readonly directory: string;
  readonly driver: RuntimeDriver;
  readonly cache: DependencyCache;
  readonly artefacts: ArtefactCache;
  readonly controlPlane: Pick<ControlPlane, "download" | "upload">;
  readonly installation: Installation;
  readonly uids: NumberLedger | undefined;
  readonly queue: BuildQueue;
  readonly limits: RunLimits;
  readonly journal: Journal;
}

type Emit = (event: AgentBuildEvent) => void;

const STOP_DEADLINE_MS = 5000;

const runIdOf = (attempt: string): string => `build-${attempt}`;

/** Builds sources that the orchestrator sends, a few at a time, each in a sandbox. */
export class Builds {
  readonly #options: BuildsOptions;
  readonly #stopped = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(options: BuildsOptions) {
    this.#options = options;
  }

  /** Ends what an agent that died was building, and clears its remains. */
  async clear(): Promise<void> {
    const { directory, driver } = this.#options;
    await mkdir(directory, { recursive: true, mode: 0o711 });
    for (const name of await readdir(directory)) {
      const handle = await driver.find(runIdOf(name), join(directory, name, "state"));
      if (handle) {
        await driver.stop(handle, 0);
        await driver.release(handle);
      }
      await rm(join(directory, name), { recursive: true, force: true });
    }
  }

  /** Ends every build; nothing of them is left when this resolves, or after five seconds. */
  async stop(): Promise<void> {
    this.#stopped.abort(new Error("the agent is ending"));
    const patience = AbortSignal.timeout(STOP_DEADLINE_MS);
    await orAborted(Promise.all(this.#running), patience).catch(() => {});
  }

  /** What happens to one build, until its result or its failure. Aborting ends it and everything it started. */
  async *build(request: AgentBuildRequest, gone: AbortSignal): AsyncGenerator<AgentBuildEvent> {
    const events = new EventChannel<AgentBuildEvent>();
    const signal = AbortSignal.any([gone, this.#stopped.signal]);
    const project = projectOf(request);
    const emit: Emit = (event) => events.push(event);
    const done = this.#options.queue
      .run(project, () => this.#run(request, emit, signal), signal)
      .catch((error: unknown) => emit(this.#failure(error, signal)))
      .finally(() => events.end());
    this.#running.add(done);
    try {
      yield* events.read();
      await done;
    } finally {
      void done.finally(() => this.#running.delete(done));
    }
  }

  async #run(request: AgentBuildRequest, emit: Emit, signal: AbortSignal): Promise<void> {
    // An attempt that was cancelled may still be clearing up when the next one comes.
    const attempt = `${request.build}-${randomBytes(4).toString("hex")}`;
    const directory = join(this.#options.directory, attempt);
    await mkdir(directory, { recursive: true, mode: 0o711 });
    try {
      const { built, reproducible } = await this.#build(request, directory, emit, signal);
      await this.#publish(built, signal);
      const verdict = reproducible === undefined ? {} : { reproducible };
      emit({ type: "result", result: BuildResult.parse(built), ...verdict });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  async #build(
    request: AgentBuildRequest,
    directory: string,
    emit: Emit,
    signal: AbortSignal,
  ): Promise<{ built: BuiltArtefact; reproducible?: boolean }> {
    const openSource = () => this.#options.controlPlane.download(request.source, signal);
    const options = await this.#optionsOf(request, directory, emit, signal);
    if (request.verifyReproducible) return compareBuilds({ ...options, openSource });
    return { built: await buildSource({ ...options, source: await openSource() }) };
  }

  async #optionsOf(
    request: AgentBuildRequest,
    directory: string,
    emit: Emit,
    signal: AbortSignal,
  ): Promise<Omit<BuildOptions, "source">> {
    const { driver, installation, limits, cache, uids } = this.#options;
    const project = projectOf(request);
    const workDirectory = join(directory, "work");
    await mkdir(workDirectory, { mode: 0o711 });
    // One user per project, so that its caches stay its own from one build to the next.
    const uid = await uids?.take(`project:${project}`);
    const id = runIdOf(basename(directory));
    const tools = installation.tools;
    return {
      sourceDigest: request.source,
      app: request.app,
      project,
      workDirectory,
      sandbox: new DriverBuildSandbox({ driver, id, directory, uid, tools, limits }),
      cache,
      prebuilt: request.prebuilt,
      environment: request.environmentVariables,
      timeoutMs: request.timeoutSeconds * 1000,
      signal,
      onLog: (line) => emit({ type: "log", at: new Date().toISOString(), line }),
      onPlan: ({ summary }) => emit({ type: "plan", summary }),
    };
  }

  /** To the orchestrator's store, and unpacked here, where it will most likely run next. */
  async #publish(built: BuiltArtefact, signal: AbortSignal): Promise<void> {
    const { controlPlane, artefacts } = this.#options;
    const upload = (digest: string, file: string): Promise<void> =>
      controlPlane.upload(digest, webStream(file), signal);
    const admitted = artefacts
      .admit(built.artefact, createReadStream(built.artefactFile), signal)
      .catch((error: unknown) =>
        this.#options.journal.warn("what was built could not be unpacked", {
          reason: reasonOf(error),
        }),
      );
    await Promise.all([
      upload(built.artefact, built.artefactFile),
      upload(built.sbom, built.sbomFile),
      admitted,
    ]);
  }

  #failure(error: unknown, signal: AbortSignal): AgentBuildEvent {
    if (signal.aborted) return failed("cancelled", reasonOf(signal.reason));
    if (error instanceof BuilderError) return failed(error.code, error.message);
    this.#options.journal.error("a build failed for a reason of ours", { reason: reasonOf(error) });
    if (isDiskFull(error))
      return failed("disk-full", explainFileError(error, this.#options.directory));
    return failed("internal", reasonOf(error));
  }
}

const projectOf = ({ organisation, project }: AgentBuildRequest): string =>
  `${organisation}/${project}`;

const failed = (code: string, message: string): AgentBuildEvent => ({
  type: "failure",
  code,
  message,
});

function webStream(file: string): ReadableStream<Uint8Array> {
  // The types of node:stream/web and of the global differ; the stream is the same.
  return ReadableStream.from<Uint8Array>(Readable.from(createReadStream(file)));
}
