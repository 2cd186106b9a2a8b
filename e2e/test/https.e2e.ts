import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { endpoints } from "@bastide/contracts";
import { chromium } from "playwright-core";
import { expect, it } from "vitest";
import { fetchHttp1, fetchHttp2, gatewayFetch, until } from "../src/index.ts";
import { copyOf, platform } from "./here.ts";

const APP = "e2e-https";

it("answers over HTTPS from the first start, by the platform's own authority", async () => {
  const { httpsPort: port = 0 } = platform();
  const api = await platform().api();
  const { certificate: ca, domain } = await api.call(endpoints.platform.certificateAuthority, {
    signal: AbortSignal.timeout(10_000),
  });
  expect(domain).toBe("localhost");
  const status = await api.call(endpoints.platform.status, { signal: AbortSignal.timeout(10_000) });
  expect(status.httpsUrl).toBe(`https://bastide.localhost:${port}`);
  const target = { port, host: "bastide.localhost", ca };
  for (const fetch of [fetchHttp1, fetchHttp2]) expect((await fetch(target)).status).toBe(200);
});

it("gives a deployed app a certificate of its own, and answers over HTTP/1.1 and HTTP/2", async () => {
  await using source = await copyOf("node-http");
  expect((await platform().cli(["deploy", source.path, "--app", APP])).code).toBe(0);
  const api = await platform().api();
  const { certificate: ca } = await api.call(endpoints.platform.certificateAuthority, {
    signal: AbortSignal.timeout(10_000),
  });
  const target = { port: platform().httpsPort ?? 0, host: `${APP}.localhost`, ca };
  await until("the app has a certificate", () =>
    fetchHttp1(target).then(
      () => true,
      () => false,
    ),
  );
  for (const fetch of [fetchHttp1, fetchHttp2]) {
    const answer = await fetch(target);
    expect(answer.status).toBe(200);
    expect(answer.body).toContain("Hello");
  }
});

it("is trusted by curl and by Chromium once the authority is", async () => {
  const home = await mkdtemp(join(tmpdir(), "bastide-browser-"));
  try {
    const url = `https://bastide.localhost:${platform().httpsPort}/`;
    const printed = await platform().cli(["trust", "--print"]);
    const ca = join(home, "ca.pem");
    await writeFile(ca, printed.stdout);
    const curl = (...args: string[]) =>
      promisify(execFile)("curl", [
        "-sS",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code} %{http_version}",
        ...args,
        url,
      ]);
    expect((await curl("--cacert", ca)).stdout).toBe("200 2");
    await expect(curl()).rejects.toThrow(/certificate/i);
    await expect(openInChromium(url, home)).rejects.toThrow(/ERR_CERT_AUTHORITY_INVALID/);
    // The browser's store alone: the machine's own is not a test's to change.
    const trusted = await platform().json<{ stores: { store: string; state: string }[] }>(
      ["trust", "--only", "browsers"],
      { environment: { HOME: home } },
    );
    expect(trusted.stores).toContainEqual(
      expect.objectContaining({ store: "Chromium", state: "done" }),
    );
    expect(await openInChromium(url, home)).toBe(200);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});

/** The status of a page in Debian's Chromium, which keeps what it trusts below HOME. */
async function openInChromium(url: string, home: string): Promise<number | undefined> {
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox"],
    env: { ...process.env, HOME: home },
  });
  try {
    const page = await browser.newPage();
    return (await page.goto(url))?.status();
  } finally {
    await browser.close();
  }
}

it("lets a domain lead to an app, says what its DNS lacks, and takes it away again", async () => {
  await using source = await copyOf("node-http");
  expect((await platform().cli(["deploy", source.path, "--app", APP])).code).toBe(0);
  const domain = "www.bastide-e2e.example.com";
  const target = ["--app", APP];
  const added = await platform().cli(["domain", "add", domain, ...target]);
  expect(added.code).toBe(0);
  expect(added.stdout).toContain(`${domain} leads to`);
  // The gateway of this platform listens on the loopback interface.
  expect(added.stdout).toMatch(/loopback interface|could not be asked/);
  const checked = await platform().cli(["domain", "check", domain, ...target]);
  expect(checked.code).not.toBe(0);
  await until("the domain leads to the app", async () => {
    const answer = await gatewayFetch(`http://${domain}:${platform().port}/`);
    return answer.status === 200;
  });
  const { domains } = await platform().json<{ domains: { domain: string }[] }>([
    "domain",
    "list",
    ...target,
  ]);
  expect(domains.map((one) => one.domain)).toEqual([domain]);
  for (const wrong of ["*.example.com", "x.localhost", "10.0.0.1"])
    expect((await platform().cli(["domain", "add", wrong, ...target])).code).not.toBe(0);
  expect((await platform().cli(["domain", "remove", domain, ...target])).code).toBe(0);
  await until("it is gone", async () => {
    const answer = await gatewayFetch(`http://${domain}:${platform().port}/`);
    return answer.status === 404;
  });
});
