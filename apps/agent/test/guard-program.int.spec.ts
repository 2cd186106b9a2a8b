import { once } from "node:events";
import { appendFileSync, existsSync, statSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { type HaGroup, type HaService, problem } from "@bastide/contracts";
import type { Credentials } from "@bastide/peer-tls";
import { afterEach, beforeEach, expect, it } from "vitest";
import { freePort } from "../../../tools/testing/free-port.ts";
import { GuardProgram } from "../src/guard/guard-program.ts";
import { Journal } from "../src/journal/journal.ts";
import { TestAuthority } from "./certificates.fixture.ts";
import { until } from "./guard.fixture.ts";

/** What a control plane does for guards, as far as what needs no lease asks for it. */
class Desk {
  readonly #server: Server;
  readonly asked: string[] = [];
  refuses = false;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.asked.push(request.url ?? "");
      const answer = this.refuses
        ? problem("forbidden", "no service under high availability may run on n1")
        : { kind: "seed", floor: 1 };
      response.writeHead(this.refuses ? 403 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(answer));
      request.resume();
    });
  }

  static async open(): Promise<Desk> {
    const desk = new Desk();
    desk.#server.listen(0, "127.0.0.1");
    await once(desk.#server, "listening");
    return desk;
  }

  get url(): string {
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("the desk is closed");
    return `http://127.0.0.1:${address.port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

const PROGRAM = `require("node:http").createServer((q, r) => r.end()).listen(process.env.BASTIDE_PORT, process.env.BASTIDE_HOST);`;
const SAME_TIME = new Date("2026-01-01T00:00:00Z");

let home: string;
let desk: Desk;
let credentials: Credentials;
let program: GuardProgram | undefined;
let said: { readonly message: string; readonly reason?: string; readonly asked?: string }[];

beforeEach(async () => {
  home = await mkdtemp("/tmp/bastide-guard-program-");
  await chmod(home, 0o755);
  await mkdir(join(home, "apps/drill/dist"), { recursive: true });
  await writeFile(join(home, "apps/drill/dist/main.js"), PROGRAM);
  await writeFile(join(home, "token"), "token");
  await mkdir(join(home, "agent/guard"), { recursive: true });
  desk = await Desk.open();
  credentials = await (await TestAuthority.make()).issue({ kind: "node", name: "n1" });
  said = [];
});
afterEach(async () => {
  await program?.end();
  program = undefined;
  desk.close();
  await rm(home, { recursive: true });
});

interface Changes {
  readonly host?: string;
  readonly version?: number;
  readonly candidate?: string;
}

function groupAt(port: number, changes: Changes = {}): HaGroup {
  const { host = "127.0.0.1", version = 1, candidate = "n1" } = changes;
  const service: HaService = {
    name: "drill",
    topology: { kind: "flex", min: 0, target: 1, max: 1 },
    candidates: [candidate],
    resources: [
      {
        name: "program",
        after: [],
        program: "apps/drill/dist/main.js",
        environmentVariables: {},
        port,
        stopGraceMs: 2_000,
      },
    ],
    affinities: [],
    monitor: { restarts: { count: 5, withinMs: 30_000 }, action: "none", blockForMs: 5_000 },
    stopWithinMs: 400,
  };
  const desired = version === 1 ? ({ kind: "started" } as const) : ({ kind: "stopped" } as const);
  return {
    members: [{ name: "n1" }],
    services: [service],
    intents: { version, intents: { drill: { service: "drill", desired, id: `i${version}` } } },
    isCordoned: false,
    isDraining: false,
    ttlMs: 2_000,
    peer: { host, ...credentials },
  };
}

/** As the agent writes it, at a time that other files have, too. */
async function tell(group: HaGroup): Promise<void> {
  const file = join(home, "agent/guard/group.json");
  await writeFile(`${file}.new`, JSON.stringify(group));
  await utimes(`${file}.new`, SAME_TIME, SAME_TIME);
  await rename(`${file}.new`, file);
}

async function start(group: HaGroup): Promise<void> {
  await tell(group);
  const config = {
    orchestratorUrl: desk.url,
    node: "n1",
    tokenFile: join(home, "token"),
    rootKeysFile: join(home, "root-keys"),
    directory: join(home, "agent"),
    installation: home,
    ports: { first: 20_000, last: 29_999 },
    uids: { first: 200_000, last: 209_999 },
  };
  const journal = new Journal((line) => void said.push(JSON.parse(line)));
  program = await GuardProgram.start(config, journal);
}

async function answersAt(port: number, host = "127.0.0.1"): Promise<boolean> {
  const socket = connect({ port, host });
  const answer = await Promise.race([
    once(socket, "connect").then(() => true),
    once(socket, "close").then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return answer;
}

const saidOf = (words: string) => said.filter(({ message }) => message.includes(words));

it("takes up what is wanted of it where it cannot listen, and says so", async () => {
  // An address that no machine has.
  await start(groupAt(await freePort(), { host: "192.0.2.1" }));
  const log = join(home, "agent/guard/services/drill/program/log");
  await until("it starts what is wanted", () => existsSync(log));
  expect(saidOf("could not do")).toMatchObject([{ reason: expect.stringContaining("192.0.2.1") }]);
});

it("takes up a group that was written at the same moment as the one before", async () => {
  const port = await freePort();
  await start(groupAt(port));
  await until("it runs", () => answersAt(port));
  await tell(groupAt(port, { version: 2 }));
  await until("it is stopped", async () => !(await answersAt(port)));
  expect(saidOf("could not do")).toEqual([]);
});

it("bounds what strangers, and its programs, can write to its disk", async () => {
  const port = await freePort();
  await start(groupAt(port));
  await until("it runs", () => answersAt(port));
  const log = join(home, "agent/guard/services/drill/program/log");
  for (const file of [log, join(home, "agent/guard/guard.log")]) {
    appendFileSync(file, Buffer.alloc(11 * 1024 * 1024, "x"));
    await until("it is rotated", () => statSync(file).size < 1024 && existsSync(`${file}.1`));
  }
  const [{ port: own = 0 } = {}] = saidOf("other guards reach") as { port?: number }[];
  for (let count = 0; count < 20; count += 1) {
    const stranger = connect({ port: own, host: "127.0.0.1" });
    stranger.on("error", () => {});
    stranger.end("nonsense\n\n");
    await once(stranger, "close");
  }
  expect(saidOf("was refused")).toHaveLength(1);
  expect((await stat(log)).isFile()).toBe(true);
});

it("says once that it is refused, and when it is no more", async () => {
  desk.refuses = true;
  await start(groupAt(await freePort()));
  const refused = () => saidOf("or refuses it").map(({ asked }) => asked);
  await until("it has asked often", () => desk.asked.length > 12);
  expect(refused()).toHaveLength(2);
  expect(new Set(refused())).toEqual(new Set(["read-seed", "report"]));
  desk.refuses = false;
  await until("it is answered again", () => saidOf("answers this guard again").length === 2);
});

it("asks for nothing where nothing may run on it, and reports that", async () => {
  await start(groupAt(await freePort(), { candidate: "n2" }));
  await until("it has reported twice", () => desk.asked.length >= 2);
  expect(desk.asked.filter((path) => path.endsWith("/asks"))).toEqual([]);
});
