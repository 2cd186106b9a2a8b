import { command } from "../command-line/command.ts";

export const up = command({
  name: "up",
  summary: "start the platform on this machine",
  description:
    "Starts PostgreSQL, the control plane, the agent and the gateway, deploys a small app to see that all works, and keeps\nthem running. Where an operator stopped the gateway (`bastide ha stop gateway`) it stays stopped: all else is started, and\nthe exit code of --detach is 8. Ctrl-C stops everything. What the first start decides (database, users) is kept in BASTIDE_HOME.",
  options: {
    detach: {
      type: "boolean",
      short: "d",
      summary: "run in the background; returns when the platform is healthy",
    },
    port: {
      type: "integer",
      value: "port",
      summary: "the gateway's port for HTTP (default 8080, then what was used last)",
    },
    "https-port": {
      type: "integer",
      value: "port",
      summary: "the gateway's port for HTTPS (default 8443, then what was used last)",
    },
    "base-domain": {
      type: "string",
      value: "domain",
      summary: "apps answer at <app>.<domain> (default localhost)",
    },
    nodes: {
      type: "integer",
      value: "number",
      summary:
        "nodes on this machine, to see how many machines behave (default 1, then as last time)",
    },
    "nodes-listen": {
      type: "string",
      value: "address:port",
      summary: "where nodes on other machines join and report, by TLS (default: none may)",
    },
    listen: {
      type: "string",
      value: "address",
      multiple: true,
      summary: "address that the gateway listens on, several times for several (default: loopback)",
    },
  },
  examples: [
    "bastide up",
    "bastide up --detach --port 8081",
    "bastide up --nodes 3",
    "bastide up --base-domain apps.example.org --listen 0.0.0.0 --port 80 --https-port 443",
  ],
  async run({ options }, context) {
    const { runUp } = await import("../supervisor/run-up.ts");
    return runUp(options, context);
  },
});
