import { command } from "../command-line/command.ts";

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
