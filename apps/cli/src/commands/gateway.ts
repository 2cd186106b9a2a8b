import { command } from "../command-line/command.ts";

const WHICH = {
  node: {
    type: "string",
    value: "name",
    summary: "the gateway of that node of this machine",
  },
  socket: {
    type: "string",
    value: "file",
    summary: "the gateway whose control socket this is, as one that runs alone",
  },
} as const;

const HERE =
  "Works on a gateway's own machine, for root and for the user who runs it, with or without a control plane.";
/** What looks at gateways, or is done with one after the other. */
const OF_ALL = `${HERE}\nOf every gateway of this machine's nodes, each by its name, unless one is said.`;
/** What changes one of them only. */
const OF_ONE = `${HERE}\nWhere nodes of this machine have more than one, say which by --node.`;

export const gatewayStatus = command({
  name: "gateway status",
  summary: "what the gateways on this machine run: workers, table, program",
  description: OF_ALL,
  options: { ...WHICH },
  examples: ["bastide gateway status", "bastide gateway status --json"],
  async run({ options }, context) {
    const { showGateway } = await import("../gateway/show-gateway.ts");
    return showGateway(options, context);
  },
});

export const gatewayList = command({
  name: "gateway list",
  summary: "list the gateway's routes, upstreams or workers",
  description: OF_ALL,
  arguments: [{ name: "what", summary: "routes (default), upstreams or workers" }],
  options: { ...WHICH },
  examples: ["bastide gateway list", "bastide gateway list upstreams --json"],
  async run({ options, arguments: [what] }, context) {
    const { listGateway } = await import("../gateway/list-gateway.ts");
    return listGateway(what, options, context);
  },
});

export const gatewayAdd = command({
  name: "gateway add",
  summary: "add a route to this gateway alone, beside the control plane's",
  description: `${OF_ONE}\nIt is kept until it is removed, or the control plane has a route of the same host and path.`,
  arguments: [
    {
      name: "host",
      summary: "host name, with a path if not all of it: shop.example.org/v1",
      required: true,
    },
    {
      name: "upstream",
      summary: "address and port: 127.0.0.1:3000",
      required: true,
      variadic: true,
    },
  ],
  options: { ...WHICH },
  examples: ["bastide gateway add shop.example.org 127.0.0.1:3000 127.0.0.1:3001"],
  async run({ options, arguments: [host = "", ...upstreams] }, context) {
    const { addRoute } = await import("../gateway/change-gateway.ts");
    return addRoute(host, upstreams, options, context);
  },
});

export const gatewayRemove = command({
  name: "gateway remove",
  summary: "remove a route that was added to this gateway alone",
  description: OF_ONE,
  arguments: [{ name: "host", summary: "as it was added: shop.example.org/v1", required: true }],
  options: { ...WHICH },
  examples: ["bastide gateway remove shop.example.org"],
  async run({ options, arguments: [host = ""] }, context) {
    const { removeRoute } = await import("../gateway/change-gateway.ts");
    return removeRoute(host, options, context);
  },
});

export const gatewayMetrics = command({
  name: "gateway metrics",
  summary: "print the gateway's metrics, single routes included, in Prometheus' text format",
  description: OF_ALL,
  options: { ...WHICH },
  examples: ["bastide gateway metrics", "bastide gateway metrics --json"],
  async run({ options }, context) {
    const { showMetrics } = await import("../gateway/show-gateway.ts");
    return showMetrics(options, context);
  },
});

export const gatewayTop = command({
  name: "gateway top",
  summary: "show which routes are busy, live; once with --json or without a terminal",
  description: OF_ALL,
  options: {
    ...WHICH,
    every: { type: "integer", value: "seconds", summary: "how often (default 1)" },
  },
  examples: ["bastide gateway top", "bastide gateway top --node server-2 --json"],
  async run({ options }, context) {
    const { showTop } = await import("../gateway/show-top.ts");
    return showTop(options, context);
  },
});

export const gatewayEvents = command({
  name: "gateway events",
  summary: "show what happens to the gateway, until Ctrl-C",
  description: OF_ALL,
  streams: true,
  options: { ...WHICH },
  examples: ["bastide gateway events", "bastide gateway events --json"],
  async run({ options }, context) {
    const { showEvents } = await import("../gateway/show-events.ts");
    return showEvents(options, context);
  },
});

export const gatewayDrain = command({
  name: "gateway drain",
  summary: "give an upstream no new requests, or send all clients to another gateway",
  description: `${OF_ONE}\nWithout an upstream, clients are asked to connect anew after their next answer, and /.bastide/ready says 503.`,
  arguments: [{ name: "upstream", summary: "an instance's id, or its address and port" }],
  options: {
    ...WHICH,
    undo: { type: "boolean", summary: "take it back" },
    wait: {
      type: "integer",
      value: "seconds",
      summary: "wait so long for requests under way (default 0)",
    },
  },
  examples: ["bastide gateway drain 127.0.0.1:20003 --wait 30", "bastide gateway drain --undo"],
  async run({ options, arguments: [upstream] }, context) {
    const { drain } = await import("../gateway/change-gateway.ts");
    return drain(upstream, options, context);
  },
});

export const gatewayExplain = command({
  name: "gateway explain",
  summary: "say what the gateway would do with a request: which route, backend and policy, and why",
  description: `${OF_ALL}\nThe token is judged by the gateway and never shown or kept; without one the request is judged as it is.`,
  arguments: [
    { name: "method", summary: "as GET", required: true },
    { name: "url", summary: "as https://shop.example.org/admin", required: true },
  ],
  options: {
    ...WHICH,
    "token-file": { type: "string", value: "file", summary: "the token that it would bring" },
    "token-stdin": { type: "boolean", summary: "read that token from standard input" },
    "client-ip": {
      type: "string",
      value: "address",
      summary: "the client's address (default: 127.0.0.1)",
    },
    header: {
      type: "string",
      value: "name: value",
      multiple: true,
      summary: "a header, for routes that have conditions on it",
    },
    "client-cert": {
      type: "string",
      value: "file",
      summary: "PEM: the certificate that the client would present, and those that issued it",
    },
  },
  examples: [
    "bastide gateway explain GET https://shop.localhost/admin --token-file ci.token",
    "bastide gateway explain POST http://shop.localhost:8080/orders --json",
  ],
  async run({ options, arguments: [method = "", url = ""] }, context) {
    const { explain } = await import("../gateway/explain-request.ts");
    return explain({ method, url }, options, context);
  },
});

export const gatewayReplaceWorkers = command({
  name: "gateway replace-workers",
  summary: "replace the gateway's workers one by one, with no request refused or cut",
  description: OF_ALL,
  options: { ...WHICH },
  examples: ["bastide gateway replace-workers"],
  async run({ options }, context) {
    const { replaceWorkers } = await import("../gateway/change-gateway.ts");
    return replaceWorkers(options, context);
  },
});

export const gatewayUpgrade = command({
  name: "gateway upgrade",
  summary:
    "start the program that is installed now in place of the one that runs, with no request refused or cut",
  description: OF_ALL,
  options: { ...WHICH },
  examples: ["bastide gateway upgrade"],
  async run({ options }, context) {
    const { upgrade } = await import("../gateway/change-gateway.ts");
    return upgrade(options, context);
  },
});

export const GATEWAY_COMMANDS = [
  gatewayStatus,
  gatewayList,
  gatewayAdd,
  gatewayRemove,
  gatewayMetrics,
  gatewayTop,
  gatewayEvents,
  gatewayDrain,
  gatewayExplain,
  gatewayReplaceWorkers,
  gatewayUpgrade,
];
const CONFIG = {
  config: {
    type: "string",
    short: "c",
    value: "file",
    summary: "the gateway's file (default: gateway.yaml)",
  },
} as const;

export const gatewayServe = command({
  name: "gateway serve",
  summary: "run a gateway alone, by a file; needs no platform",
  description:
    "Listens where the file says and sends requests where its routes lead. The file is watched: a change is put into\nforce without a lost request, or refused whole and the reason said. SIGHUP has it looked at at once.",
  options: { ...CONFIG },
  examples: ["bastide gateway serve --config gateway.yaml"],
  async run({ options }, context) {
    const { serveGateway } = await import("../gateway/run-gateway.ts");
    return serveGateway(options, context);
  },
});

export const gatewayCheck = command({
  name: "gateway check",
  summary: "say what is wrong in a gateway's file, with line and column",
  options: { ...CONFIG },
  examples: [
    "bastide gateway check --config gateway.yaml",
    "bastide gateway check --config gateway.yaml --json",
  ],
  async run({ options }, context) {
    const { checkGateway } = await import("../gateway/run-gateway.ts");
    return checkGateway(options, context);
  },
});

export const gatewaySchema = command({
  name: "gateway schema",
  summary: "print the JSON Schema of a gateway's file, for editors",
  options: {},
  examples: ["bastide gateway schema > gateway.schema.json"],
  async run(_, context) {
    const { printSchema } = await import("../gateway/run-gateway.ts");
    return printSchema(context);
  },
});
