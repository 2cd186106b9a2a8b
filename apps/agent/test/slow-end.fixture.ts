/* A program that takes longer than a lease to end, and says so when it has ended of its own accord. */
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";

const server = createServer((_, response) => response.end());
server.listen({ host: process.env["BASTIDE_HOST"], port: Number(process.env["BASTIDE_PORT"]) });
process.once("SIGTERM", () =>
  setTimeout(() => {
    writeFileSync("ended", "");
    process.exit(0);
  }, 3_500),
);
