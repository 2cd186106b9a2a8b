import { describe, expect, it } from "vitest";
import { httpApp, rawApp, until } from "../harness/sockets.ts";
import { leave } from "./leave.ts";
import { type Setting } from "./stage.ts";

/** What clients that go away leave behind: nothing. */
export function departures({ front, stage }: Setting): void {
  describe("clients that go away", () => {
    it.each([
      ["before the answer", ""],
      ["in the middle of the answer", "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nhalf"],
      ["in the middle of an event stream", "HTTP/1.1 200 OK\r\n\r\ndata: 1\n\n"],
    ])("%s, by the hundred, leave no connection on either side", async (_, begin) => {
      await using app = await rawApp((socket) =>
        socket.on("data", () => begin !== "" && socket.write(begin)),
      );
      stage().via(app);
      const clients = Array.from({ length: 300 }, () => {
        const client = front.raw(stage().port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        if (begin !== "") void client.receives("HTTP/1.1 200").then(() => client.reset());
        return client;
      });
      await until("all reach the app", () => app.accepted >= 300, 10_000);
      for (const [i, client] of clients.entries()) if (begin === "") leave(client, i);
      await until("the app's connections are closed", () => app.sockets.size === 0, 10_000);
      await stage().noConnections();
      await until("every attempt has ended", () => stage().outcomes.length === 300);
      expect(new Set(stage().outcomes.map(({ kind }) => kind))).toEqual(new Set(["client-gone"]));
      expect(stage().engine.connections()).toEqual({ active: 0, idle: 0 });
    });

    it("in the middle of their body end the upstream's request too", async () => {
      let aborted = 0;
      await using app = await httpApp((request) =>
        request.on("error", () => (aborted += 1)).resume(),
      );
      using client = front.raw(
        stage().via(app).port,
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
      );
      await until("the request arrives", () => app.sockets.size === 1);
      client.reset();
      await until("the app sees its end", () => aborted === 1);
      await stage().noConnections();
      expect(await stage().outcome()).toEqual({ kind: "client-gone" });
    });
  });
}
