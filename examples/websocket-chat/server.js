import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

const page = await readFile(new URL("./public/index.html", import.meta.url));
const listeners = new Set();

const server = createServer((request, response) => {
  if (request.url === "/events") {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write(": welcome\n\n");
    listeners.add(response);
    request.on("close", () => listeners.delete(response));
    return;
  }
  response.setHeader("content-type", "text/html; charset=utf-8");
  response.end(page);
});

const chat = new WebSocketServer({ server, path: "/chat", maxPayload: 64 * 1024 });
chat.on("connection", (socket) => {
  socket.on("error", () => socket.terminate());
  socket.on("message", (data) => {
    const text = data.toString();
    for (const client of chat.clients) client.send(text);
    for (const listener of listeners) listener.write(`data: ${JSON.stringify(text)}\n\n`);
  });
});

server.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? "127.0.0.1");
process.on("SIGTERM", () => {
  for (const client of chat.clients) client.close(1001, "the server is going away");
  for (const listener of listeners) listener.end();
  server.close(() => process.exit(0));
});
