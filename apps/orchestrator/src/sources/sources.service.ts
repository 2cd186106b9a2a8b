import { BlobStore, BuilderError, storeSource } from "@bastide/builder";
import { PROBLEMS, type ProblemCode, type Source } from "@bastide/contracts";
import { ProblemError } from "@bastide/service-kit";
import { Injectable } from "@nestjs/common";
import type { Readable } from "node:stream";
import { DataSource } from "typeorm";
import { Config } from "../config.ts";
import { SourceRow } from "./source.row.ts";
import { limited } from "./upload-limit.ts";

@Injectable()
export class SourcesService {
  readonly #source: DataSource;
  readonly #blobs: BlobStore;
  readonly #config: Config;

  constructor(source: DataSource, blobs: BlobStore, config: Config) {
    this.#source = source;
    this.#blobs = blobs;
    this.#config = config;
  }

  /**
   * Stores an archive after looking at each of its entries; an upload that is refused or cut off leaves nothing behind.
   * The same source again is the same digest, kept from then on as long as a new one. Throws `unsafe-archive`, `too-large`, `disk-full`.
   */
  async store(appId: string, upload: Readable, signal: AbortSignal): Promise<Source> {
    const stored = await storeSource(limited(upload, this.#config.maxSourceBytes), this.#blobs, {
      signal,
    }).catch((error: unknown) => {
      throw problemOf(error);
    });
    const { digest, sizeBytes, files } = stored;
    await this.#source
      .createQueryBuilder()
      .insert()
      .into(SourceRow)
      .values({ digest, appId, sizeBytes: String(sizeBytes), files, createdAt: new Date() })
      .orUpdate(["created_at"], ["digest", "app_id"])
      .execute();
    return { digest, sizeBytes, files };
  }

  /** Only what was uploaded for this very app: knowing a digest gives nobody another app's source. Throws `not-found`. */
  async find(appId: string, digest: string): Promise<SourceRow> {
    const row = await this.#source.manager.findOneBy(SourceRow, { appId, digest });
    if (row) return row;
    throw new ProblemError(
      "not-found",
      `no source ${digest} was uploaded for this app; upload it first`,
    );
  }
}

const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(PROBLEMS, code);

function problemOf(error: unknown): unknown {
  if (error instanceof BuilderError && isProblemCode(error.code))
    return new ProblemError(error.code, error.message, { cause: error });
  // What the tar parser says of bytes that are no tar at all.
  if (error instanceof Error && "tarCode" in error)
    return new ProblemError(
      "unsafe-archive",
      `the upload is no tar archive, gzipped or not: ${error.message}`,
      { cause: error },
    );
  return error;
}
