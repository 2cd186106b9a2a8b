/** One rule of the gateway, and how it is taken out of a copy of the built program. */
export interface Mutation {
  readonly rule: string;
  /** In the built program exactly once. */
  readonly find: string;
  readonly replace: string;
  /** Names of the cases that could notice. */
  readonly cases: RegExp;
  /** Who refuses the same without our rule, which then is the second to do so. */
  readonly heldBy?: string;
}

/** Rules over HTTP/1.1, and over both versions. */
const RULES: readonly Mutation[] = [
  {
    rule: "there is one Host",
    find: "hosts.length !== 1 || authority === void 0",
    replace: "authority === void 0",
    cases: /^host .* then |^HTTP\/2 (?:.*host twice)/,
  },
  {
    rule: "Host is the name of a host and nothing more",
    find: String.raw`\.?(?::\d{0,5})?$/`,
    replace: String.raw`\.?(?::\d{0,5})?/`,
    cases: /^host Host: app|^HTTP\/2 :authority/,
  },
  {
    rule: "a target has visible characters only, and no fragment",
    find: "if (!TARGET_CHARACTERS.test(url))",
    replace: "if (false)",
    cases: /^first line GET \/|^HTTP\/2 :path/,
  },
  {
    rule: "a target is a path, or a URL of the host in Host",
    find: "authority === void 0 || rest === void 0 || normaliseHost(authority) !== host",
    replace: "authority === void 0 || rest === void 0",
    cases: /^first line GET \S*:\/\/|^HTTP\/2 :path https/,
  },
  {
    rule: "the only transfer coding is chunked",
    find: `return coding.toLowerCase() === "chunked" ? void 0 : CODING;`,
    replace: "return void 0;",
    cases: /^Transfer-Encoding: (?:gzip|identity|x|chunked)/,
    heldBy:
      "Node's parser refuses every coding that does not end in chunked, and what does is read so",
  },
  {
    rule: "HTTP/1.0 has no transfer coding",
    find: `if (httpVersion === "1.0") return OLD_CODING;`,
    replace: "",
    cases: /^Transfer-Encoding over HTTP\/1\.0/,
  },
  {
    rule: "the versions are 1.0 and 1.1",
    find: "if (!VERSIONS.has(httpVersion)) return VERSION;",
    replace: "",
    cases: /^first line GET \/ HTTP/,
  },
  {
    rule: "what belongs to one connection stays there",
    find: `if (!stays(name) && name !== "expect"`,
    replace: `if (name !== "expect"`,
    cases: /^hop |^HTTP\/2 field (?:proxy|te|http2)/,
  },
  {
    rule: "what Connection names stays there too",
    find: "HOP_BY_HOP.has(name) || named.has(name)",
    replace: "HOP_BY_HOP.has(name)",
    cases: /^hop Connection/,
  },
  {
    rule: "an Expect is answered here",
    find: `&& name !== "expect" &&`,
    replace: "&&",
    cases: /^hop Expect|^HTTP\/2 field expect/,
  },
  {
    rule: "what only a proxy may say is not taken from clients",
    find: "return CLAIMS.test(plain) ||",
    replace: "return",
    cases: /^hop X|^hop Forwarded|^HTTP\/2 field (?:x|forwarded)/,
  },
  {
    rule: "a name with _ for - is judged as if it had -",
    find: `const plain = name.replaceAll("_", "-");`,
    replace: "const plain = name;",
    cases: /_/,
  },
  {
    rule: "fields that frame a body have one spelling",
    find: "CLAIMS.test(plain) || plain !== name && FRAMING.test(plain)",
    replace: "CLAIMS.test(plain)",
    cases: /^Transfer_Encoding|^HTTP\/2 field (?:transfer|content)_/,
  },
  {
    rule: "the body's length is said though Connection names it",
    find: "...framing(request),",
    replace: "",
    cases: /^hop Connection names|^HTTP\/2 a body/,
  },
  {
    rule: "only a WebSocket is an upgrade",
    find: `headers.upgrade?.toLowerCase() === "websocket"`,
    replace: "headers.upgrade !== void 0",
    cases: /^hop (?:Connection: Upgrade|an upgrade)/,
  },
  {
    rule: "an upgrade has no body",
    find: ` && headers["transfer-encoding"] === void 0 && (headers["content-length"] ?? "0") === "0"`,
    replace: "",
    cases: /^hop an upgrade/,
    heldBy:
      "no body is passed on with an upgrade: the app would wait for it until its client gives up",
  },
  {
    rule: "a head has 32 KiB at most",
    find: "maxHeaderSize: ",
    replace: "maxHeaderSize: 1e6 || ",
    cases: /^first line GET \/a{9}|^field X: y{9}|^5,000 fields/,
  },
  {
    rule: "Node's parser is strict",
    find: "maxHeaderSize: ",
    replace: "insecureHTTPParser: true, maxHeaderSize: ",
    cases: /^chunks|^Content-Length|beside a length|^field|^host Host/,
  },
];

/** Rules over HTTP/2 alone. */
const HTTP2_RULES: readonly Mutation[] = [
  {
    rule: "a head has 32 KiB at most, whatever a client has acknowledged",
    find: "if (listBytes(rawHeaders) > MAX_HEADER_BYTES) return 431;",
    replace: "",
    cases: /^HTTP\/2 (?:a field|5,000)/,
  },
  {
    rule: "methods are those of HTTP/1.1 without CONNECT",
    find: "if (!TAKEN.has(method)) return 501;",
    replace: "",
    cases: /^HTTP\/2 (?::method|CONNECT)/,
    heldBy:
      "nghttp2 refuses methods that are no tokens, and CONNECT has no path, which is no target",
  },
  {
    rule: "the scheme is the connection's",
    find: `if (scheme !== "https") return 400;`,
    replace: "",
    cases: /^HTTP\/2 :scheme/,
  },
  {
    rule: ":authority and host say the same",
    find: "authority.toLowerCase() !== host.toLowerCase() ?",
    replace: "false ?",
    cases: /^HTTP\/2 .*:authority/,
  },
  {
    rule: "a body without a length is one of chunks",
    find: `if (isChunked(headers, isWhole)) kept["transfer-encoding"] = "chunked";`,
    replace: "",
    cases: /^HTTP\/2 a body/,
  },
];

export const MUTATIONS: readonly Mutation[] = [...RULES, ...HTTP2_RULES];
