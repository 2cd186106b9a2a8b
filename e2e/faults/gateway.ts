import { parseArgs } from "node:util";
import { report, type Row } from "../src/index.ts";
import { type AttackOptions, attackRows, crowdP99 } from "./gateway/attack-rows.ts";
import { ATTACKS } from "./gateway/attacks/all.ts";
import { authorityRows } from "./gateway/authority.ts";
import { diskFullRows } from "./gateway/disk-full.ts";
import { killedWorkerRows } from "./gateway/killed-worker.ts";
import { FAULTS_FILE, SOAK_FILE, writePage } from "./gateway/record.ts";
import { soakRows } from "./gateway/soak/soak.ts";
import { expiryRows, handshakeRows } from "./gateway/tls.ts";

const { values } = parseArgs({
  options: {
    short: { type: "boolean", default: false },
    /** Mixed attacks for minutes in place of everything else: ten, or one with --short. */
    soak: { type: "boolean", default: false },
    minutes: { type: "string" },
    /** Part of the names of those attacks and faults that are looked at. */
    only: { type: "string", default: "" },
  },
});

const { short } = values;
const say = (line: string) => process.stderr.write(`${line}\n`);
const clients = short ? 50 : 300;
const minutes = Number(values.minutes ?? (short ? 1 : 10));
if (!(minutes > 0)) {
  say("--minutes takes a number above 0");
  process.exit(2);
}

const attacks: AttackOptions = {
  clients,
  waves: 2,
  forMs: short ? 600 : 2_500,
  judgesLatency: !short,
  say,
};

/** Each by a name that `--only` can choose. */
const FAULTS: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  "handshakes that never end": () => handshakeRows(clients, say),
  "expired certificate": () => expiryRows(short ? 2 : 10, say),
  "killed worker": () => killedWorkerRows(short ? 3 : 20, say),
  "disk full": () => diskFullRows(short ? 2_000 : 10_000, say),
  "authority away": () => authorityRows(say),
};

async function faults(): Promise<Row[]> {
  const crowds = crowdP99(attacks);
  const rows: Row[] = [];
  for (const [name, attack] of Object.entries(ATTACKS))
    if (name.includes(values.only)) rows.push(...(await attackRows(name, attack, crowds, attacks)));
  for (const [name, rowsOf] of Object.entries(FAULTS))
    if (name.includes(values.only)) rows.push(...(await rowsOf()));
  return rows;
}

const isWhole = !short && values.only === "";
const [title, file, rows] = values.soak
  ? [
      "faults gateway, soak",
      SOAK_FILE,
      await soakRows({ minutes, clients: clients / 5, judgesAll: !short, say }),
    ]
  : ["faults gateway", FAULTS_FILE, await faults()];
process.exitCode = (await report(title, rows, isWhole ? file : undefined)) ? 0 : 1;
// A part of it is no table to keep.
if (isWhole) await writePage();
