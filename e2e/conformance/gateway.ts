// `--mutations [part of a rule's name]`: each rule taken away in turn instead, to see that a case notices.
import { report } from "../src/index.ts";
import { h2specRows } from "./gateway/h2spec/h2spec-rows.ts";
import { mutationRows } from "./gateway/mutations/mutation-rows.ts";
import { smugglingRows } from "./gateway/smuggling-rows.ts";
import { webSocketRows } from "./gateway/web-socket/web-socket-rows.ts";

const say = (line: string) => process.stderr.write(`${line}\n`);
const [option, only] = process.argv.slice(2);

// Beside each other: most of their time is waiting for what must not come.
const parts =
  option === "--mutations"
    ? [mutationRows(say, only)]
    : [smugglingRows(say), h2specRows(say), webSocketRows(say)];
const rows = (await Promise.all(parts)).flat();
process.exitCode = (await report("gateway conformance", rows)) ? 0 : 1;
