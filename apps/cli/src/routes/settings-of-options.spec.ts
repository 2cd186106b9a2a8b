import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Authority } from "../../../../tools/testing/authority.ts";
import { parseCommand } from "../command-line/parse.ts";
import { routeSet } from "../commands/route.ts";
import { describeSettings } from "./describe-settings.ts";
import { type SettingOptions, settingsOfOptions } from "./settings-of-options.ts";

/** The options as the command line has them. */
const optionsOf = (...words: string[]): SettingOptions =>
  // The parser gives each option the type that its declaration names.
  parseCommand(routeSet, ["shop", ...words]).options as unknown as SettingOptions;

describe("settings of options", () => {
  it("are what was asked, with the contract's defaults", () => {
    expect(
      settingsOfOptions(
        optionsOf(
          "--rate=100/s",
          "--rate-by=route",
          "--body-limit=10M",
          "--retries=2",
          "--sticky=at",
          "--redirect=https://{host}{path}",
          "--total-timeout=5m",
          "--response-header=X-Frame-Options: DENY",
          "--remove-response-header=Server",
        ),
        {},
      ),
    ).toEqual({
      limits: {
        rate: { requests: 100, perSeconds: 1, by: "route" },
        bodyBytes: 10_485_760,
        totalSeconds: 300,
      },
      retries: { attempts: 2, budgetPercent: 20 },
      stickyCookie: "at",
      redirect: { status: 308, to: "https://{host}{path}" },
      responseHeaders: { remove: ["server"], set: { "x-frame-options": "DENY" } },
    });
  });

  it("leave what they do not name as it was", () => {
    const before = settingsOfOptions(
      optionsOf("--rate", "5/s", "--concurrency", "9", "--request-header", "a: 1"),
      {},
    );
    const after = settingsOfOptions(
      optionsOf("--rate-burst", "20", "--request-header", "b: 2", "--balance", "least-loaded"),
      before,
    );
    expect(after).toEqual({
      limits: {
        rate: { requests: 5, perSeconds: 1, burst: 20, by: "client" },
        concurrentRequests: 9,
      },
      requestHeaders: { remove: [], set: { a: "1", b: "2" } },
      balance: "least-loaded",
    });
    expect(settingsOfOptions(optionsOf(), after)).toEqual(after);
  });

  it.each([
    [["--request-header", "host: a"], /only the gateway sets it/],
    [["--redirect", "javascript:alert(1)"], /a redirect leads to/],
    [["--sticky", "a b"], /stickyCookie/],
    [["--rate-burst", "5"], /limits.rate.requests/],
    [["--error-page", "503"], /status=file/],
    [["--retries", "9"], /retries.attempts/],
  ])("are refused before anything is sent: %j", (words, reason) => {
    const refused = (() => {
      try {
        return settingsOfOptions(optionsOf(...words), {});
      } catch (error) {
        return error;
      }
    })();
    expect(JSON.stringify(refused, ["message", "details"])).toMatch(reason);
  });

  describe("of client authorities", () => {
    let file: string;
    let pem: string;
    beforeAll(async () => {
      const authority = await Authority.make("Staff", {
        notAfter: new Date("2036-01-02T00:00:00Z"),
      });
      ({ pem } = authority);
      file = join(mkdtempSync(join(tmpdir(), "bastide-authorities-")), "staff.pem");
      writeFileSync(file, `${pem}\n${(await authority.pair("CN=robot")).key}`);
    });
    afterAll(() => rmSync(dirname(file), { recursive: true }));

    it("are the file's certificates, and never a key of it", () => {
      expect(settingsOfOptions(optionsOf("--client-authorities", file), {})).toEqual({
        clientAuthorities: `${pem}\n`,
      });
    });

    it("are taken back by none, and nothing else is", () => {
      const before = { clientAuthorities: pem, stickyCookie: "at" };
      const after = settingsOfOptions(optionsOf("--client-authorities", "none"), before);
      expect(Object.entries(after)).toEqual([["stickyCookie", "at"]]);
    });

    it("are told by their names, and until when each lets anybody in", () => {
      expect(describeSettings({ clientAuthorities: pem + pem })).toEqual([
        "client certificates by CN=Staff (until 2036-01-02) or CN=Staff (until 2036-01-02)",
      ]);
    });
  });

  it("can be told in words", () => {
    const settings = settingsOfOptions(optionsOf("--rate", "5/s", "--maintenance", "Soon."), {});
    expect(describeSettings(settings)).toEqual(["maintenance: Soon.", "rate: 5 in 1 s per client"]);
  });
});
