import { createServer } from "node:http";

const port = Number(process.env.PORT ?? 3000);
const host = process.env.HOST ?? "127.0.0.1";

const server = createServer((request, response) => {
  if (request.url === "/health") {
    response.end("ok\n");
    return;
  }
  response.setHeader("content-type", "application/json");
  response.end(
    JSON.stringify({
      message: process.env.GREETING ?? "Hello from Bastide",
      release: process.env.BASTIDE_RELEASE,
      instance: process.env.BASTIDE_INSTANCE,
      path: request.url,
    }) + "\n",
  );
});

server.listen(port, host, () => console.log(`listening on http://${host}:${port}`));
process.on("SIGTERM", () => server.close(() => process.exit(0)));
