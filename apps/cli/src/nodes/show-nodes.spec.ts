import type { Node } from "@bastide/contracts";
import { expect, it } from "vitest";
import { nodesText, nodeText } from "./show-nodes.ts";

const problem = "its clock is 3600 s ahead of the control plane's; run a time service on it";
const node: Node = {
  name: "server-2",
  liveness: "alive",
  reachable: true,
  cordoned: false,
  draining: false,
  instances: 0,
  clockSkewSeconds: 3600,
  place: {},
  problems: [problem],
};

it("lists below the table what is wrong with a node, and says whose it is", () => {
  const [, , ...below] = nodesText([node, { ...node, name: "server-3", problems: [] }]).split("\n");
  expect(below.slice(1)).toEqual(["", `server-2: ${problem}`]);
});

it("shows a node with its clock and what is wrong with it", () => {
  const text = nodeText({ ...node, running: [] });
  expect(text).toMatch(/^clock +3600 s from ours$/m);
  expect(text).toContain(`\nproblem: ${problem}\n`);
});
