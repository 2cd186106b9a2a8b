import { describe, expect, it } from "vitest";
import { deadPort, httpApp, rawApp, until, type RawClient } from "../harness/sockets.ts";
import { leave } from "./leave.ts";
import { type Setting } from "./stage.ts";

/** Connections that are upgraded. */
export function upgrades({ front, stage }: Setting): void {
  describe("upgrades", () => {
    const HANDSHAKE =
      "GET /chat?x=//1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    const SWITCH =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Kept: 1\r\n\r\n";

    const ENDED = { kind: "answered", status: 101 };

    /** Upgrades, then sends back what comes. */
    const echo = (seen: string[] = []) =>
      rawApp((socket) =>
        socket.once("data", (request) => {
          seen.push(String(request));
          const rest = request.subarray(request.indexOf("\r\n\r\n") + 4);
          socket.write(SWITCH);
          socket.write(rest);
          socket.pipe(socket);
        }),
      );

    it("carry bytes both ways, those sent early too", async () => {
      const seen: string[] = [];
      await using app = await echo(seen);
      using client = front.raw(stage().via(app).port, `${HANDSHAKE}early`);
      await client.receives("early");
      client.socket.write("late");
      await client.receives("late");
      expect(client.received).toContain("HTTP/1.1 101 Switching Protocols\r\n");
      expect(client.received).toContain("X-Kept: 1\r\n");
      expect(seen[0]).toMatch(/^GET \/chat\?x=\/\/1 HTTP\/1.1\r\n/);
      expect(seen[0]).toMatch(/upgrade: websocket/i);
      expect(stage().engine.connections().active).toBe(1);
    });

    it("end on both sides when the client leaves, politely or not", async () => {
      await using app = await echo();
      stage().via(app);
      for (const go of [
        (client: RawClient) => client.socket.end(),
        (client: RawClient) => client.reset(),
      ]) {
        using client = front.raw(stage().port, HANDSHAKE);
        await client.receives("101");
        go(client);
        await until("the app's side is closed", () => app.sockets.size === 0);
        await stage().noConnections();
      }
      expect(stage().outcomes).toEqual([ENDED, ENDED]);
    });

    it("end on both sides when the upstream dies, after its last words", async () => {
      await using app = await rawApp((socket) =>
        socket.once("data", () => socket.end(`${SWITCH}last words`)),
      );
      using client = front.raw(stage().via(app).port, HANDSHAKE);
      await client.receives("last words");
      client.socket.end();
      await client.closes();
      await stage().noConnections();
      expect(await stage().outcome()).toEqual(ENDED);
    });

    it("may be declined with an ordinary answer, however large", async () => {
      const body = "n".repeat(3_000_000);
      await using app = await httpApp((_, response) => {
        response.writeHead(403, { "x-why": "because" });
        response.write(body);
        response.end("end");
      });
      using client = front.raw(stage().via(app).port, HANDSHAKE);
      await client.closes();
      expect(client.received).toMatch(/^HTTP\/1.1 403 Forbidden\r\nx-why: because\r\n/);
      expect(client.received).toContain("\r\nConnection: close\r\n");
      expect(client.received.length).toBeGreaterThan(body.length);
      expect(client.received.endsWith("0\r\n\r\n")).toBe(true);
      expect(await stage().outcome()).toEqual({ kind: "answered", status: 403 });
    });

    it("try another upstream when one cannot be reached or breaks off", async () => {
      await using broken = await rawApp((socket) => socket.once("data", () => socket.end()));
      await using app = await echo();
      stage().via(await deadPort(), broken, app);
      using client = front.raw(stage().port, `${HANDSHAKE}early`);
      await client.receives("early");
      expect(stage().outcomes).toMatchObject([
        { reason: "unreachable", isSent: false },
        { reason: "reset", isSent: true },
      ]);
    });

    it("that the client gives up leave nothing behind", async () => {
      await using app = await rawApp((socket) => socket.resume());
      stage().via(app);
      const clients = Array.from({ length: 100 }, () => front.raw(stage().port, HANDSHAKE));
      await until("all reach the app", () => app.accepted === 100);
      for (const [i, client] of clients.entries()) leave(client, i);
      await until("the app's side is closed", () => app.sockets.size === 0);
      await stage().noConnections();
      expect(await stage().outcome(99)).toEqual({ kind: "client-gone" });
    });

    it("are cut when the engine closes", async () => {
      await using app = await echo();
      using client = front.raw(stage().via(app).port, HANDSHAKE);
      await client.receives("101");
      stage().engine.close();
      await client.closes();
      expect(await stage().outcome()).toEqual(ENDED);
    });
  });
}
