import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { expect, it } from "vitest";
import { failed, Load, type Sample } from "./load.ts";
import { until } from "./until.ts";

/** What a load makes of this server's answers; all are the same. */
async function sampleOf(answer: RequestListener): Promise<Sample | undefined> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const load = new Load({ port, host: "app.localhost", requestsPerSecond: 50 }).start();
  try {
    await until("an answer", () => load.samples.length > 0);
  } finally {
    await load.stop();
    server.closeAllConnections();
    server.close();
  }
  return load.samples[0];
}

const judged = async (answer: RequestListener) => {
  const sample = await sampleOf(answer);
  return sample && { failed: failed(sample), begun: sample.begun };
};

it("tells an answer that broke off from one that never came, and from a refusal that came whole", async () => {
  expect(await judged((_, response) => response.end("whole"))).toEqual({
    failed: false,
    begun: false,
  });
  expect(
    await judged((_, response) => {
      response.writeHead(200, { "content-length": "10" });
      response.write("half", () => response.destroy());
    }),
  ).toEqual({ failed: true, begun: true });
  expect(await judged((request) => request.socket.destroy())).toEqual({
    failed: true,
    begun: false,
  });
  expect(await judged((_, response) => response.writeHead(502).end("refused"))).toEqual({
    failed: true,
    begun: false,
  });
});
