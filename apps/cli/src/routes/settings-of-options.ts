import { issueMessage, RouteSettings } from "@bastide/contracts";
import { readFileSync } from "node:fs";
import { certificatesInFile } from "../certificates/certificates-in-file.ts";
import type { Options } from "../command-line/command.ts";
import { Failure } from "../command-line/failure.ts";
import { byteCount, header, rate, seconds } from "./amounts.ts";
import type { SETTING_OPTIONS } from "./setting-options.ts";

export type SettingOptions = Options<typeof SETTING_OPTIONS>;

/** The contract's settings, before it has checked them. */
export type Draft = Record<string, unknown>;

/** What the options say, put over the settings there are; what they do not name stays. Throws Failure `usage`. */
export function settingsOfOptions(options: SettingOptions, before: RouteSettings): RouteSettings {
  const limits = { ...before.limits, ...limitsOf(options, before) };
  const draft = given({
    ...before,
    ...simpleOf(options),
    ...retriesOf(options, before),
    ...redirectOf(options, before),
    ...maintenanceOf(options, before),
    ...headersOf(options, before),
    ...pagesOf(options, before),
    ...authoritiesOf(options),
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
  });
  return checked(draft);
}

export function checked(draft: Draft): RouteSettings {
  const parsed = RouteSettings.safeParse(draft);
  if (parsed.success) return parsed.data;
  throw new Failure("usage", "these are no settings of a route", {
    details: parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issueMessage(issue)}`),
    fix: "bastide route set --help",
  });
}

/** Leaves out what was not given. */
function given(draft: Draft): Draft {
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== undefined));
}

const when = <In, Out>(value: In | undefined, map: (value: In) => Out): Out | undefined =>
  value === undefined ? undefined : map(value);

const simpleOf = (options: SettingOptions): Draft =>
  given({ balance: options.balance, https: options.https, stickyCookie: options.sticky });

function limitsOf(options: SettingOptions, before: RouteSettings): Draft {
  const asked = when(options.rate, (value) => rate("rate", value));
  const bucket = given({ ...asked, burst: options["rate-burst"], by: options["rate-by"] });
  const isRate = Object.keys(bucket).length > 0;
  return given({
    bodyBytes: when(options["body-limit"], (value) => byteCount("body-limit", value)),
    answerSeconds: when(options["answer-timeout"], (value) => seconds("answer-timeout", value)),
    totalSeconds: when(options["total-timeout"], (value) => seconds("total-timeout", value)),
    concurrentRequests: options.concurrency,
    rate: isRate ? { ...before.limits?.rate, ...bucket } : undefined,
  });
}

function retriesOf(options: SettingOptions, { retries }: RouteSettings): Draft {
  const { retries: attempts } = options;
  const budgetPercent = options["retry-budget"];
  return attempts === undefined && budgetPercent === undefined
    ? {}
    : { retries: { ...retries, ...given({ attempts, budgetPercent }) } };
}

function redirectOf(options: SettingOptions, { redirect }: RouteSettings): Draft {
  const to = options.redirect;
  const status = options["redirect-status"];
  return to === undefined && status === undefined
    ? {}
    : { redirect: { ...redirect, ...given({ to, status: when(status, Number) }) } };
}

function maintenanceOf(options: SettingOptions, { maintenance }: RouteSettings): Draft {
  const message = options.maintenance;
  const retryAfterSeconds = when(options["retry-after"], (value) => seconds("retry-after", value));
  return message === undefined && retryAfterSeconds === undefined
    ? {}
    : { maintenance: { ...maintenance, ...given({ message, retryAfterSeconds }) } };
}

function headersOf(options: SettingOptions, before: RouteSettings): Draft {
  const rules = (
    key: "requestHeaders" | "responseHeaders",
    setOption: "request-header" | "response-header",
    removeOption: "remove-request-header" | "remove-response-header",
  ): Draft => {
    const set = options[setOption].map((value) => header(setOption, value));
    const remove = options[removeOption].map((name) => name.toLowerCase());
    if (set.length + remove.length === 0) return {};
    const { set: kept = {}, remove: removed = [] } = before[key] ?? {};
    return {
      [key]: {
        remove: [...new Set([...removed, ...remove])],
        set: { ...kept, ...Object.fromEntries(set) },
      },
    };
  };
  return {
    ...rules("requestHeaders", "request-header", "remove-request-header"),
    ...rules("responseHeaders", "response-header", "remove-response-header"),
  };
}

/** A file of this name is given as `./none`. */
const NONE = "none";

function authoritiesOf({ "client-authorities": file }: SettingOptions): Draft {
  if (file === undefined) return {};
  return { clientAuthorities: file === NONE ? undefined : certificatesInFile(file) };
}

function pagesOf(options: SettingOptions, { errorPages }: RouteSettings): Draft {
  const pages = options["error-page"].map((word) => {
    const [status = "", file] = word.split(/=(.*)/s, 2);
    if (file === undefined)
      throw new Failure("usage", `--error-page is "${word}", but must be status=file`, {
        fix: "for instance: --error-page 503=down.html",
      });
    return [status, readFileSync(file, "utf8")] as const;
  });
  return pages.length === 0 ? {} : { errorPages: { ...errorPages, ...Object.fromEntries(pages) } };
}
