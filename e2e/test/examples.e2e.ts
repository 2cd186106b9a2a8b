import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { INSTALLATION, until } from "../src/index.ts";
import { platform } from "./here.ts";

const example = (name: string) => join(INSTALLATION, "examples", name);
const deploy = (name: string, app: string) =>
  platform().json<{ phase: string; url?: string }>(["deploy", example(name), "--app", app]);

describe("examples", () => {
  it("deploys an HTTP API without dependencies", async () => {
    const deployment = await deploy("node-http", "e2e-hello");
    expect(deployment.phase).toBe("succeeded");
    expect(deployment.url).toBe(`http://e2e-hello.localhost:${platform().port}`);
    const answer = await platform().fetch("e2e-hello", "/path");
    expect(await answer.json()).toMatchObject({ message: "Hello from Bastide", path: "/path" });
  });

  it("deploys an Express app with a build step", async () => {
    expect((await deploy("express-typescript", "e2e-express")).phase).toBe("succeeded");
    const created = await platform().fetch("e2e-express", "/notes", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text: "remember" }),
    });
    expect(created.status).toBe(201);
    expect(await (await platform().fetch("e2e-express")).json()).toEqual({
      framework: "express",
      notes: 1,
    });
  });

  it("deploys a static site", async () => {
    await deploy("static-site", "e2e-site");
    expect(await (await platform().fetch("e2e-site")).text()).toContain("It is up.");
    expect((await platform().fetch("e2e-site", "/about/")).status).toBe(200);
    const missing = await platform().fetch("e2e-site", "/nowhere");
    expect(missing.status).toBe(404);
    expect(await missing.text()).toContain("Not here");
    const style = await platform().fetch("e2e-site", "/style.css");
    expect(style.headers.get("content-type")).toContain("text/css");
    const again = await platform().fetch("e2e-site", "/style.css", {
      headers: { "if-none-match": style.headers.get("etag") ?? "" },
    });
    expect(again.status).toBe(304);
  });

  it("deploys a chat over WebSocket and server-sent events", async () => {
    await deploy("websocket-chat", "e2e-chat");
    const events = await platform().fetch("e2e-chat", "/events", {
      signal: AbortSignal.timeout(20_000),
    });
    const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
    const socket = new WebSocket(`ws://127.0.0.1:${platform().port}/chat`, {
      headers: { host: `e2e-chat.localhost:${platform().port}` },
    });
    const echoed = new Promise<string>((resolve, reject) => {
      socket.once("error", reject);
      socket.once("message", (data: Buffer) => resolve(data.toString("utf8")));
      socket.once("open", () => socket.send("hello over there"));
    });
    expect(await echoed).toBe("hello over there");
    let text = "";
    while (!text.includes("hello over there")) {
      const { value, done } = (await reader?.read()) ?? { done: true, value: "" };
      if (done) break;
      text += value;
    }
    expect(text).toContain('data: "hello over there"');
    socket.close();
    await reader?.cancel();
  });

  it("runs a worker that listens to nothing, and shows its log", async () => {
    expect((await deploy("worker", "e2e-worker")).phase).toBe("succeeded");
    await until("the worker's second beat in its log", async () => {
      const { stdout } = await platform().cli(["logs", "--app", "e2e-worker"]);
      return stdout.includes("beat 2");
    });
    expect((await platform().fetch("e2e-worker")).status).toBe(404);
  });
});
