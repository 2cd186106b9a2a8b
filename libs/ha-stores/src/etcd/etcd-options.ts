/** How etcd is reached. */
export interface EtcdOptions {
  /** Client URLs of the members, `http://` or `https://`; each is tried, the one that answered last first. */
  readonly endpoints: readonly string[];
  /** All keys begin with it: what a role of etcd's has to allow. Default `/bastide/ha/`. */
  readonly prefix?: string;
  /** PEM. Without `ca` the system's authorities are trusted. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly credentials?: { readonly username: string; readonly password: string };
  /** How long one endpoint has to answer one question before the next is asked. Default 1,000. */
  readonly attemptMs?: number;
  /** How often a watch looks for itself, whatever it was told. Default 2,000. */
  readonly rereadMs?: number;
  /** How long answers of an earlier raft term are refused for, after the last of the later one. Default 30,000. */
  readonly forgetTermMs?: number;
  /** Answers that are longer are refused. Default 2 MiB: a value of the greatest size in base64, and some more. */
  readonly maxAnswerBytes?: number;
}

export interface EtcdSettings {
  readonly endpoints: readonly URL[];
  readonly prefix: string;
  readonly tls: NonNullable<EtcdOptions["tls"]>;
  readonly credentials: EtcdOptions["credentials"];
  readonly attemptMs: number;
  readonly rereadMs: number;
  readonly forgetTermMs: number;
  readonly maxAnswerBytes: number;
}

function endpointUrl(endpoint: string): URL {
  const url = URL.parse(endpoint);
  const isPlain =
    url !== null &&
    ["http:", "https:"].includes(url.protocol) &&
    url.pathname === "/" &&
    `${url.username}${url.password}${url.search}${url.hash}` === "";
  if (!isPlain)
    throw new RangeError(
      `an endpoint of etcd is not http(s)://host:port: give that alone, and a user by \`credentials\``,
    );
  return url;
}

/** Throws RangeError for an endpoint that is none. */
export function etcdSettings(options: EtcdOptions): EtcdSettings {
  if (options.endpoints.length === 0)
    throw new RangeError("no endpoint of etcd is given: name the client URL of each member");
  return {
    prefix: "/bastide/ha/",
    tls: {},
    attemptMs: 1000,
    rereadMs: 2000,
    forgetTermMs: 30_000,
    maxAnswerBytes: 2 * 2 ** 20,
    ...options,
    credentials: options.credentials,
    endpoints: options.endpoints.map(endpointUrl),
  };
}
