// The program that serves a static site inside its instance: `serve.mjs <directory> [--single-page-app]`.
import { createServer } from "node:http";
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { Site } from "./site.ts";

/** Shorter than any stop grace that makes sense; what is still open then is cut. */
const DRAIN_MS = 8000;
/** Longer than a gateway keeps an idle connection, so that it is the one to close it. */
const KEEP_ALIVE_MS = 75_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { "single-page-app": { type: "boolean", default: false } },
});
const directory = positionals[0] ?? ".";
const port = Number(process.env["PORT"] ?? "8000");
const host = process.env["HOST"] ?? "127.0.0.1";

const fail = (message: string): never => {
  process.stderr.write(`${message}\n`);
  process.exit(1);
};
if (!existsSync(directory)) fail(`The site's directory ${directory} is not there.`);

const site = new Site({ directory, singlePageApp: values["single-page-app"] });
const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
  response.shouldKeepAlive &&= server.listening;
  site.handle(request, response).catch((error: unknown) => {
    process.stderr.write(`${request.method} failed: ${String(error)}\n`);
    if (response.headersSent) response.destroy();
    else response.writeHead(500).end();
  });
});
server.on("error", (error) => fail(`Cannot listen on ${host}:${port}: ${error.message}`));
server.listen(port, host, () => process.stdout.write(`serving ${directory} on ${host}:${port}\n`));

process.once("SIGTERM", () => {
  server.close(() => process.exit(0));
  setTimeout(() => server.closeAllConnections(), DRAIN_MS).unref();
});
