import { command } from "../command-line/command.ts";
import { PLACE_OPTIONS } from "../placement/placement-options.ts";

const NODE = { name: "node", summary: "a node's name, as `node ls` shows it", required: true };

export const nodeList = command({
  name: "node ls",
  summary: "list the machines, whether they are heard of, and what is wrong with them",
  options: {},
  examples: ["bastide node ls", "bastide node ls --json"],
  async run(_, context) {
    const { listNodes } = await import("../nodes/show-nodes.ts");
    return listNodes(context);
  },
});

export const nodeShow = command({
  name: "node show",
  summary: "show what a node says of itself and what it runs",
  arguments: [NODE],
  options: {},
  examples: ["bastide node show server-2"],
  async run({ arguments: [name = ""] }, context) {
    const { showNode } = await import("../nodes/show-nodes.ts");
    return showNode(name, context);
  },
});

export const nodeCordon = command({
  name: "node cordon",
  summary: "give a node no new instances; what runs there goes on",
  arguments: [NODE],
  options: {},
  examples: ["bastide node cordon server-2"],
  async run({ arguments: [name = ""] }, context) {
    const { cordonNode } = await import("../nodes/change-nodes.ts");
    return cordonNode(name, context);
  },
});

export const nodeUncordon = command({
  name: "node uncordon",
  summary: "give a node instances again; ends a drain as well",
  arguments: [NODE],
  options: {},
  examples: ["bastide node uncordon server-2"],
  async run({ arguments: [name = ""] }, context) {
    const { uncordonNode } = await import("../nodes/change-nodes.ts");
    return uncordonNode(name, context);
  },
});

export const nodeDrain = command({
  name: "node drain",
  summary: "move a node's apps to the others, without a failed request",
  description:
    "Instances are started elsewhere first; when they are ready and every gateway uses them, those on this node answer\ntheir last requests and stop. Services under high availability are handed over to another candidate, those that run on\nseveral nodes only once their replacement runs. What else belongs to the platform itself stays.",
  arguments: [NODE],
  options: {
    wait: {
      type: "boolean",
      default: true,
      summary: "wait until no app runs there and its services answer elsewhere",
    },
    timeout: {
      type: "integer",
      value: "seconds",
      summary: "how long to wait (default 300); the drain goes on afterwards",
    },
  },
  examples: ["bastide node drain server-2", "bastide node drain server-2 --no-wait"],
  async run({ arguments: [name = ""], options }, context) {
    const { drainNode } = await import("../nodes/change-nodes.ts");
    return drainNode(name, options, context);
  },
});

export const nodePlace = command({
  name: "node place",
  summary: "say where a node stands, who operates it under which law, and its labels",
  description:
    "Policies of apps ask for it. What is not named stays as it is; a node of which nobody said a fact is refused by every\npolicy that asks for it.",
  arguments: [NODE],
  options: { ...PLACE_OPTIONS },
  examples: [
    "bastide node place server-2 --country FR --region fr-par --operator acme --law eu",
    "bastide node place server-2 --label tier=gold --memory-encryption sev-snp",
  ],
  async run({ arguments: [name = ""], options }, context) {
    const { placeNode } = await import("../placement/change-placement.ts");
    return placeNode(name, options, context);
  },
});

export const nodeRemove = command({
  name: "node remove",
  summary: "forget a node and take its tokens back",
  description:
    "Drain it first. It is a candidate of no service afterwards: one that runs under a lease is stopped for a moment, since who votes on a lease can change only then.",
  arguments: [NODE],
  options: {
    force: {
      type: "boolean",
      summary: "also while it runs something: that is started elsewhere and forgotten here",
    },
  },
  examples: ["bastide node remove server-2", "bastide node remove server-2 --force"],
  async run({ arguments: [name = ""], options }, context) {
    const { removeNode } = await import("../nodes/change-nodes.ts");
    return removeNode(name, options, context);
  },
});

export const nodeJoinToken = command({
  name: "node join-token",
  summary: "make a token by which one machine may become a node, once and soon",
  description:
    "Prints the token. Keep it out of command lines: put it into a file, and copy that to the machine that is to join.",
  options: {
    node: {
      type: "string",
      value: "name",
      summary:
        "for a node of this name only; also for one that is there already and lost its directory",
    },
    minutes: { type: "integer", value: "minutes", summary: "how long it is good (default 15)" },
  },
  examples: [
    "bastide node join-token > join.token",
    "bastide node join-token --node server-2 --minutes 60 > join.token",
  ],
  async run({ options }, context) {
    const { makeJoinToken } = await import("../nodes/join-token.ts");
    return makeJoinToken(options, context);
  },
});

export const nodeJoin = command({
  name: "node join",
  summary: "make this machine a node of a platform on another one",
  description:
    "Makes a key pair that never leaves this machine, and gets a token and a certificate of its own for it. The control\nplane is known by the fingerprint in the join token, so that nothing has to be trusted before.",
  arguments: [
    {
      name: "url",
      summary: "where the control plane takes nodes, as `node join-token` shows it",
      required: true,
    },
  ],
  options: {
    "token-file": { type: "string", value: "file", summary: "read the join token from a file" },
    "token-stdin": { type: "boolean", summary: "read the join token from standard input" },
    name: { type: "string", value: "name", summary: "the node's name (default: the host name)" },
    listen: {
      type: "string",
      value: "address:port",
      summary:
        "where the platform reaches this machine (default: the address towards it, port 7443)",
    },
  },
  examples: [
    "bastide node join https://192.0.2.1:7443 --token-file join.token",
    "bastide node join https://192.0.2.1:7443 --token-stdin --name server-2 < join.token",
  ],
  async run({ arguments: [url = ""], options }, context) {
    const { runJoin } = await import("../nodes/run-join.ts");
    return runJoin(url, options, context);
  },
});

export const nodeServe = command({
  name: "node serve",
  summary: "run this machine's agent, once it has joined a platform",
  options: {},
  examples: ["bastide node serve", "BASTIDE_NODE_HOME=/srv/node bastide node serve"],
  async run(_, context) {
    const { serveNode } = await import("../nodes/serve-node.ts");
    return serveNode(context);
  },
});

export const nodeUnplug = command({
  name: "node unplug",
  summary: "kill a node of this machine, as if its plug was pulled",
  description:
    "For a platform that was started by `bastide up --nodes`, to see what happens when a machine dies: the node's agent\nand all its instances are killed at once, and stay off until `bastide node plug`.",
  arguments: [NODE],
  options: {
    cable: {
      type: "boolean",
      summary: "pull its network cable only: what it runs goes on, cut off from everybody (root)",
    },
  },
  examples: ["bastide node unplug server-2", "bastide node unplug server-2 --cable"],
  async run({ arguments: [name = ""], options }, context) {
    const { unplugNode } = await import("../nodes/plug-node.ts");
    return unplugNode(name, options, context);
  },
});

export const nodePlug = command({
  name: "node plug",
  summary: "start a node again that was unplugged",
  arguments: [NODE],
  options: {},
  examples: ["bastide node plug server-2"],
  async run({ arguments: [name = ""] }, context) {
    const { plugNode } = await import("../nodes/plug-node.ts");
    return plugNode(name, context);
  },
});

/** Every command about nodes, in the order of the help. */
export const NODE_COMMANDS = [
  nodeList,
  nodeShow,
  nodeCordon,
  nodeUncordon,
  nodeDrain,
  nodePlace,
  nodeRemove,
  nodeJoinToken,
  nodeJoin,
  nodeServe,
  nodeUnplug,
  nodePlug,
];
