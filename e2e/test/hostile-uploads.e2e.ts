import { once } from "node:events";
import { mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { type ClientRequest, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { endpoints, fillPath, type Problem } from "@bastide/contracts";
import { Header, type HeaderData } from "tar";
import { beforeAll, describe, expect, it } from "vitest";
import { platform } from "./here.ts";

const parameters = { organisation: "main", project: "main", app: "e2e-uploads" };
const MIB = 1024 * 1024;

/** One entry's header block (POSIX.1-2001 ustar). */
function header(entry: HeaderData): Buffer {
  const block = Buffer.alloc(512);
  new Header({ mode: 0o644, size: 0, mtime: new Date(0), type: "File", ...entry }).encode(block);
  return block;
}

const archive = (...entries: HeaderData[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.concat([...entries.map(header), Buffer.alloc(1024)]));

/** The request as a client sends it that does not say more than it must; through the gateway. */
async function upload(headers: Readonly<Record<string, string>>): Promise<ClientRequest> {
  const token = (await readFile(join(platform().home, "admin.token"), "utf8")).trim();
  return httpRequest({
    host: "127.0.0.1",
    port: platform().port,
    method: "POST",
    path: fillPath(endpoints.sources.upload.path, parameters),
    agent: false,
    headers: {
      host: `bastide.localhost:${platform().port}`,
      authorization: `Bearer ${token}`,
      "content-type": "application/octet-stream",
      ...headers,
    },
  });
}

/** Sends chunks until the platform closes the connection, and gives its answer and what was sent before that. */
async function sendWithoutEnd(
  call: ClientRequest,
  begin: Buffer,
): Promise<{ status: number; problem: Problem; bytesBeforeAnswer: number }> {
  const chunk = Buffer.alloc(MIB, "x");
  let sent = 0;
  const send = () => {
    do sent += chunk.length;
    while (!call.destroyed && call.write(chunk));
  };
  call.on("drain", send);
  // After its answer the platform closes the connection on what is still being sent.
  call.on("error", () => {});
  const closed = new Promise((resolve) => call.once("close", resolve));
  call.write(begin);
  send();
  const [response] = await once(call, "response", { signal: AbortSignal.timeout(30_000) });
  const bytesBeforeAnswer = sent;
  const problem = JSON.parse(await text(response));
  await closed;
  return { status: response.statusCode, problem, bytesBeforeAnswer };
}

describe("hostile uploads", () => {
  beforeAll(async () => {
    const api = await platform().api();
    await api.call(endpoints.apps.put, { parameters, signal: AbortSignal.timeout(10_000) });
  });

  it.each([
    ["a path that climbs out", archive({ path: "../../evil" }), "../../evil"],
    ["an absolute path", archive({ path: "/etc/evil" }), "/etc/evil"],
    [
      "a link to an absolute path",
      archive({ path: "leak", type: "SymbolicLink", linkpath: "/etc/shadow" }),
      "leak",
    ],
    [
      "a link that climbs out",
      archive({ path: "leak", type: "SymbolicLink", linkpath: "../../secrets" }),
      "leak",
    ],
    [
      "a link and then a file written through it",
      archive({ path: "out", type: "SymbolicLink", linkpath: "." }, { path: "out/evil" }),
      "out/evil",
    ],
    [
      "a hard link to a file of the machine",
      archive({ path: "h", type: "Link", linkpath: "/etc/shadow" }),
      "/etc/shadow",
    ],
    ["a device", archive({ path: "disk", type: "BlockDevice" }), "disk"],
  ])("an archive with %s is refused by name, and nothing of it is kept", async (_, body, named) => {
    const api = await platform().api();
    const signal = AbortSignal.timeout(10_000);
    await expect(
      api.call(endpoints.sources.upload, { parameters, signal, body }),
    ).rejects.toMatchObject({ code: "unsafe-archive", message: expect.stringContaining(named) });
    expect(await readdir(join(platform().home, "control/blobs/incoming"))).toEqual([]);
  });

  it("10 GB that are declared are refused at once, naming the limit and the fix", async () => {
    const call = await upload({ "content-length": String(10 * 1024 * MIB) });
    const { status, problem, bytesBeforeAnswer } = await sendWithoutEnd(
      call,
      header({ path: "big", size: 9 * 1024 * MIB }),
    );
    expect(status).toBe(413);
    expect(problem.code).toBe("too-large");
    expect(problem.detail).toContain("10240 MiB");
    expect(problem.detail).toContain("the limit is 512 MiB");
    expect(problem.detail).toContain(".bastideignore");
    expect(bytesBeforeAnswer).toBeLessThan(64 * MIB);
  });

  it("an upload without end is refused as soon as it is over the limit, and its connection closed", async () => {
    const call = await upload({ "transfer-encoding": "chunked" });
    const { status, problem, bytesBeforeAnswer } = await sendWithoutEnd(
      call,
      header({ path: "big", size: 900 * MIB }),
    );
    expect(status).toBe(413);
    expect(problem.code).toBe("too-large");
    expect(problem.detail).toContain("the limit is 512 MiB");
    expect(bytesBeforeAnswer).toBeLessThan(768 * MIB);
    expect(await readdir(join(platform().home, "control/blobs/incoming"))).toEqual([]);
  });

  it("zeros without end after an archive are refused at once, and keep nobody else waiting", async () => {
    const call = await upload({ "transfer-encoding": "chunked" });
    let sent = 0;
    const zeros = Buffer.alloc(MIB);
    const send = () => {
      do sent += 1;
      while (!call.destroyed && call.write(zeros));
    };
    call.on("drain", send);
    call.on("error", () => {});
    send();
    const [response] = await once(call, "response", { signal: AbortSignal.timeout(10_000) });
    call.destroy();
    expect(response.statusCode).toBe(422);
    expect(sent).toBeLessThan(64);
    expect((await platform().status()).healthy).toBe(true);
  });

  it("a directory over the limit is refused by the CLI before anything is sent, naming what is large", async () => {
    const directory = await mkdtemp(join(tmpdir(), "bastide-large-"));
    try {
      await writeFile(join(directory, "index.html"), "<p>hello");
      const file = await open(join(directory, "video.bin"), "w");
      await file.truncate(10 * 1024 * MIB);
      await file.close();
      const { code, stderr } = await platform().cli(["deploy", directory, "--app", "e2e-large"], {
        timeoutMs: 20_000,
      });
      expect(code).toBe(1);
      expect(stderr).toContain("video.bin");
      expect(stderr).toMatch(/the limit is 1073\.7 MB/);
      expect(stderr).toContain(".bastideignore");
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
