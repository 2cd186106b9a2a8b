import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ask } from "../gateway/ask.ts";
import { until } from "../until.ts";
import { peer } from "./peer.ts";

/** nginx as a process of its own, with one worker and everything of its in a directory of its own. */
export class Nginx implements AsyncDisposable {
  readonly #program: string;
  readonly #directory: string;
  readonly #child: ChildProcess;
  readonly version: string;

  private constructor(program: string, directory: string, version: string) {
    this.#program = program;
    this.#directory = directory;
    this.version = version;
    this.#child = spawn(program, ["-c", this.#file, "-g", "daemon off;"], { stdio: "ignore" });
  }

  /**
   * `http`: what stands in that block of the configuration; `port` is one that it listens on. Resolves when it answers
   * there. Throws where nginx is not and cannot be installed.
   */
  static async start(http: string, port: number): Promise<Nginx> {
    const program = await peer("nginx", "nginx-light");
    const directory = await mkdtemp(join(tmpdir(), "bastide-nginx-"));
    await writeFile(join(directory, "nginx.conf"), configuration(directory, http), { mode: 0o600 });
    const { stderr } = await promisify(execFile)(program, ["-v"]);
    const nginx = new Nginx(program, directory, /nginx\/(\S+)/.exec(stderr)?.[1] ?? "");
    const answers = () =>
      ask({ port }).then(
        () => true,
        () => false,
      );
    await until("nginx answers", answers);
    return nginx;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Takes its configuration anew, as each change of it would need. */
  async reload(): Promise<void> {
    await promisify(execFile)(this.#program, ["-c", this.#file, "-s", "reload"]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await once(this.#child, "exit");
    await rm(this.#directory, { recursive: true });
  }

  get #file(): string {
    return join(this.#directory, "nginx.conf");
  }
}

const configuration = (directory: string, http: string): string => `
worker_processes 1;
pid ${directory}/pid;
error_log ${directory}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${directory}/body; proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi; uwsgi_temp_path ${directory}/uwsgi; scgi_temp_path ${directory}/scgi;
  ${http}
}
`;
