import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { INSTALLATION } from "./platform.ts";

export interface GuideOptions {
  /** Of the platform that the commands are about. */
  readonly home: string;
  /** Default: the installation's. */
  readonly directory?: string;
  /** What stands otherwise here than in the document, such as names of machines, addresses and ports. */
  readonly replace?: ReadonlyMap<string, string>;
  readonly environment?: Readonly<Record<string, string>>;
}

/** What a document tells to type, block by block: those that are marked, as in ```` ```sh failover ````. */
export class Guide {
  readonly #text: string;
  readonly #document: string;
  readonly #options: GuideOptions;

  /** `document`: its path in the installation. */
  constructor(document: string, options: GuideOptions) {
    this.#document = document;
    this.#text = readFileSync(join(INSTALLATION, document), "utf8");
    this.#options = options;
  }

  /** The same document where more stands otherwise. */
  with(replace: ReadonlyMap<string, string>): Guide {
    const all = new Map([...(this.#options.replace ?? []), ...replace]);
    return new Guide(this.#document, { ...this.#options, replace: all });
  }

  /** As they stand there. Throws where nothing is marked so: a test of no line would pass. */
  lines(block: string): string[] {
    const found = new RegExp(`\`\`\`sh ${block}\n([^]*?)\`\`\``).exec(this.#text)?.[1]?.trim();
    if (!found) throw new Error(`${this.#document} has no block "sh ${block}"`);
    return found.split("\n");
  }

  /** Types a whole block into one shell, which stops at the first command that fails; what all of them said. */
  type(block: string): Promise<string> {
    return this.run(this.lines(block).join("\n"));
  }

  /** Runs a line to its end, and gives what it said; throws when it fails. */
  async run(line: string): Promise<string> {
    const { code, said } = await this.attempt(line);
    if (code !== 0) throw new Error(`${line} ended with ${code ?? "a signal"}: ${said}`);
    return said;
  }

  async attempt(line: string): Promise<{ readonly code: number | null; readonly said: string }> {
    const child = this.#start(line);
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const [code = null]: (number | null)[] = await once(child, "close");
    return { code, said };
  }

  #start(line: string, detached = false): ChildProcess {
    const { home, directory = INSTALLATION, replace = new Map(), environment } = this.#options;
    return spawn("/bin/sh", ["-ec", replaced(line, replace)], {
      cwd: directory,
      detached,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        PATH: `${INSTALLATION}:${process.env["PATH"] ?? ""}`,
        BASTIDE_HOME: home,
        NO_COLOR: "1",
        ...environment,
      },
    });
  }

  /** What goes on until it is ended, as in another terminal. */
  follow(line: string): Followed {
    return new Followed(this.#start(line, true));
  }
}

/** Whole words, in one pass: what stands here may read like something that stands in the document. */
function replaced(line: string, by: ReadonlyMap<string, string>): string {
  const longestFirst = [...by.keys()].toSorted((a, b) => b.length - a.length);
  if (longestFirst.length === 0) return line;
  const words = longestFirst.map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(`(?<![\\w-])(?:${words.join("|")})(?!\\w)`, "g");
  return line.replaceAll(pattern, (word) => by.get(word) ?? word);
}

/** A command that goes on, in a process group of its own, and what it has said on standard output so far. */
export class Followed implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  text = "";

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, "close");
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (this.text += chunk));
    child.stderr?.resume();
  }

  /** Its whole lines. */
  get lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }

  /** As Ctrl-C in its terminal does: all of its processes are told. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode, signalCode, pid } = this.#child;
    if (exitCode === null && signalCode === null && pid !== undefined) process.kill(-pid, "SIGINT");
    await this.#ended;
  }
}
