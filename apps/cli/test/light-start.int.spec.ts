import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";

const MAIN = join(import.meta.dirname, "../bundle/main.js");
/** Says at the end which of Node's own parts were loaded. */
const TELL = `data:text/javascript,process.on("exit",()=>process.stderr.write(process.moduleLoadList.join("\\n")))`;

it("a command that speaks to the platform does not load Node's own fetch, which takes as long as the rest", async () => {
  await using server = createServer((_, response) =>
    response.setHeader("content-type", "application/json").end('{"items":[]}'),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const child = spawn(process.execPath, ["--import", TELL, MAIN, "apps", "--json"], {
    env: { BASTIDE_URL: `http://127.0.0.1:${port}`, BASTIDE_TOKEN: "token-of-twenty-letters" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, loaded] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(JSON.parse(out)).toEqual({ apps: [] });
  expect(loaded).toContain("NativeModule http");
  expect(loaded).not.toContain("undici");
});
