import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { INSTALLATION } from "@bastide/e2e";

/** A copy of an example whose source can be stamped, so that an answer tells which release gave it. */
export class SampleApp implements AsyncDisposable {
  readonly path: string;
  readonly app: string;
  readonly #source: string;

  private constructor(path: string, app: string, source: string) {
    this.path = path;
    this.app = app;
    this.#source = source;
  }

  static async copy(example: string, app: string): Promise<SampleApp> {
    const path = await mkdtemp(join(tmpdir(), "bastide-bench-"));
    await cp(join(INSTALLATION, "examples", example), path, { recursive: true });
    const source = await readFile(join(path, "server.js"), "utf8");
    return new SampleApp(path, app, source);
  }

  /** Makes every answer carry `x-stamp: <stamp>`. */
  async stamp(stamp: string): Promise<void> {
    const stamped = this.#source.replace(
      /createServer\(\((request|_request), response\) => \{/,
      (head) => `${head}\n  response.setHeader("x-stamp", ${JSON.stringify(stamp)});`,
    );
    await writeFile(join(this.path, "server.js"), stamped);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
