// The process of the apps: what floods of answers cost them must not be what the good clients wait for.
import { once } from "node:events";
import { createServer } from "node:net";
import { Backends } from "../../src/index.ts";

/** Promises a body and resets in the middle of it. */
async function brokenApp(): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () =>
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nthe beginning", () =>
        socket.resetAndDestroy(),
      ),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

const { ports } = await Backends.start(1);
process.send?.({ good: ports[0], broken: await brokenApp() });
process.once("disconnect", () => process.exit());
