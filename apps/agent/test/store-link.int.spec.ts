import { once } from "node:events";
import { createServer } from "node:http";
import { ApiClient, problem } from "@bastide/contracts";
import { expect, it } from "vitest";
import { StoreLink } from "../src/guard/store-link.ts";
import { Journal } from "../src/journal/journal.ts";

const FACT = "etcd gave no answer that counts. http://192.0.2.11:2379: it answered no JSON";
const FIX = "To do: see whether it is etcd";

it("says once that the lease store cannot be used, with the fact and the fix, and once that it can", async () => {
  let isStrange = true;
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    request.resume();
    const answer = isStrange
      ? problem("unavailable", `${FACT}. ${FIX}.`)
      : { kind: "seed", floor: 1 };
    response.writeHead(isStrange ? 503 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  const said: string[] = [];
  const client = new ApiClient({
    baseUrl: `http://127.0.0.1:${address.port}`,
    token: () => "token",
  });
  const link = new StoreLink(client, "n1", new Journal((line) => void said.push(line)));
  try {
    for (let i = 0; i < 20; i++) expect(await link.ask({ kind: "poll-seed" })).toBeUndefined();
    expect(asked).toBeGreaterThanOrEqual(20);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(FACT);
    expect(said[0]).toContain(FIX);
    isStrange = false;
    for (let i = 0; i < 20; i++)
      expect(await link.ask({ kind: "poll-seed" })).toEqual({ kind: "seed", floor: 1 });
    expect(said.slice(1)).toEqual([expect.stringContaining("answers this guard again")]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
