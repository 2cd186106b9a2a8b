import type { OptionTable } from "../command-line/command.ts";

/** What `route set` can set; light, since the declaration imports it. */
export const SETTING_OPTIONS = {
  rate: {
    type: "string",
    value: "100/s",
    summary: "requests in a time, refilled evenly: 100/s, 1000/m, 50/10s",
  },
  "rate-burst": {
    type: "integer",
    value: "count",
    summary: "requests that may come at once (default: as many as --rate says)",
  },
  "rate-by": {
    type: "string",
    value: "who",
    choices: ["client", "token", "route"],
    summary: "who shares a rate: each client address, each caller, or everybody",
  },
  "body-limit": { type: "string", value: "10M", summary: "largest body of a request" },
  "answer-timeout": {
    type: "string",
    value: "30s",
    summary: "from the end of a request to the beginning of its answer",
  },
  "total-timeout": {
    type: "string",
    value: "5m",
    summary: "for a whole request, streams and WebSockets included",
  },
  concurrency: { type: "integer", value: "count", summary: "requests under way at once" },
  retries: {
    type: "integer",
    value: "count",
    summary: "how often an idempotent request is sent in all, 1 to 5",
  },
  "retry-budget": {
    type: "integer",
    value: "percent",
    summary: "retries as a share of the route's requests",
  },
  balance: {
    type: "string",
    value: "how",
    choices: ["weighted", "least-loaded"],
    summary: "how instances are chosen",
  },
  sticky: {
    type: "string",
    value: "cookie",
    summary: "keep a client with its instance, by a cookie of this name",
  },
  redirect: {
    type: "string",
    value: "url",
    summary: "answer with a redirect; {host}, {path} and {query} are the request's",
  },
  "redirect-status": {
    type: "string",
    value: "status",
    choices: ["301", "302", "307", "308"],
    summary: "of the redirect (default 308)",
  },
  "request-header": {
    type: "string",
    value: "name: value",
    multiple: true,
    summary: "set a header of requests",
  },
  "remove-request-header": {
    type: "string",
    value: "name",
    multiple: true,
    summary: "remove a header of requests",
  },
  "response-header": {
    type: "string",
    value: "name: value",
    multiple: true,
    summary: "set a header of answers",
  },
  "remove-response-header": {
    type: "string",
    value: "name",
    multiple: true,
    summary: "remove a header of answers",
  },
  maintenance: {
    type: "string",
    value: "text",
    summary: "answer 503 with this text, whatever the app does",
  },
  "retry-after": { type: "string", value: "10m", summary: "when to come back after maintenance" },
  "error-page": {
    type: "string",
    value: "status=file",
    multiple: true,
    summary: "HTML for the gateway's own errors: 503, 5xx or default",
  },
  https: {
    type: "string",
    value: "how",
    choices: ["allow", "redirect", "only"],
    summary: "what plain HTTP gets",
  },
  "client-authorities": {
    type: "string",
    value: "file",
    summary: "PEM: let only clients in whose certificate one of these issued; none takes it back",
  },
} as const satisfies OptionTable;

/** The words that `route unset` takes, and the keys of the settings that they remove. */
export const UNSET_WORDS: Readonly<Record<string, readonly string[]>> = {
  rate: ["limits", "rate"],
  "body-limit": ["limits", "bodyBytes"],
  "answer-timeout": ["limits", "answerSeconds"],
  "total-timeout": ["limits", "totalSeconds"],
  concurrency: ["limits", "concurrentRequests"],
  retries: ["retries"],
  balance: ["balance"],
  sticky: ["stickyCookie"],
  redirect: ["redirect"],
  "request-headers": ["requestHeaders"],
  "response-headers": ["responseHeaders"],
  maintenance: ["maintenance"],
  "error-pages": ["errorPages"],
  https: ["https"],
  "client-authorities": ["clientAuthorities"],
};
