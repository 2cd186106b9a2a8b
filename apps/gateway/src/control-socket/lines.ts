import type { Socket } from "node:net";

/** Calls `onLine` for each line that arrives; one that is longer than `maxBytes` ends the connection. */
export function readLines(socket: Socket, maxBytes: number, onLine: (line: string) => void): void {
  let parts: string[] = [];
  let size = 0;
  socket.setEncoding("utf8");
  socket.on("data", (chunk) => {
    const [first = "", ...rest] = String(chunk).split("\n");
    parts.push(first);
    size += first.length;
    for (const next of rest) {
      const line = parts.join("");
      parts = [next];
      size = next.length;
      if (line.length <= maxBytes) onLine(line);
    }
    if (size > maxBytes) socket.destroy();
  });
}

export function writeLine(socket: Socket, value: unknown): void {
  if (socket.writable) socket.write(`${JSON.stringify(value)}\n`);
}
