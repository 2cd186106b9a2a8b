import { endpoints } from "@bastide/contracts";
import { expect, it } from "vitest";
import { fetchHttp1, fetchHttp2, until } from "../src/index.ts";
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
