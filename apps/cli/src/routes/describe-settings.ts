import { X509Certificate } from "node:crypto";
import type { RouteLimits, RouteSettings } from "@bastide/contracts";

/** Settings in words, a line each. */
export function describeSettings(settings: RouteSettings): string[] {
  return DESCRIBE.flatMap((describe) => describe(settings));
}

type Describe = (settings: RouteSettings) => string[];

const line = <Value>(value: Value | undefined, text: (value: Value) => string): string[] =>
  value === undefined ? [] : [text(value)];

/** In the order in which a request meets them. */
const DESCRIBE: readonly Describe[] = [
  ({ maintenance }) => line(maintenance, ({ message }) => `maintenance: ${message}`),
  ({ redirect }) => line(redirect, ({ status, to }) => `redirect ${status} to ${to}`),
  ({ https }) => line(https, (how) => `https: ${how}`),
  ({ clientAuthorities }) =>
    line(clientAuthorities, (pem) => `client certificates by ${authoritiesOf(pem)}`),
  ({ limits }) => limitLines(limits ?? {}),
  ({ authorization }) =>
    line(authorization, (who) =>
      who.kind === "public"
        ? "open to everybody"
        : `protected: ${who.policy.trim()} (the app gets: ${who.identity})`,
    ),
  ({ balance }) => line(balance, (how) => `balance: ${how}`),
  ({ stickyCookie }) => line(stickyCookie, (name) => `sticky by the cookie ${name}`),
  ({ retries }) =>
    line(
      retries,
      ({ attempts, budgetPercent }) =>
        `sent ${attempts} times at most, retries up to ${budgetPercent} % of requests`,
    ),
  ({ requestHeaders }) => headerLines("request", requestHeaders),
  ({ responseHeaders }) => headerLines("answer", responseHeaders),
  ({ errorPages }) => line(errorPages, (pages) => `own pages for ${Object.keys(pages).join(", ")}`),
];

/** Who issues them, and until when: no client is let in by an authority that has ended. */
function authoritiesOf(pem: string): string {
  return (pem.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [])
    .map((one) => new X509Certificate(one))
    .map(({ subject, validToDate }) => {
      const name = subject.split("\n").join(", ") || "an authority without a name";
      return `${name} (until ${validToDate.toISOString().slice(0, 10)})`;
    })
    .join(" or ");
}

function limitLines(limits: RouteLimits): string[] {
  return [
    ...line(
      limits.rate,
      ({ requests, perSeconds, burst, by }) =>
        `rate: ${requests} in ${perSeconds} s per ${by}${burst === undefined ? "" : `, ${burst} at once`}`,
    ),
    ...line(limits.concurrentRequests, (count) => `at most ${count} requests under way`),
    ...line(limits.bodyBytes, (bytes) => `bodies of at most ${bytes} bytes`),
    ...line(limits.answerSeconds, (time) => `an answer begins within ${time} s`),
    ...line(limits.totalSeconds, (time) => `a request is over within ${time} s`),
  ];
}

function headerLines(whose: string, rules: RouteSettings["requestHeaders"]): string[] {
  if (!rules) return [];
  return [
    ...rules.remove.map((name) => `${whose} header ${name} is removed`),
    ...Object.entries(rules.set).map(([name, value]) => `${whose} header ${name}: ${value}`),
  ];
}
