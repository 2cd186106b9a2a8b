import type { FileRoute, GatewayFile } from "./gateway-file.ts";

/** Something wrong at a path of the file. */
export interface Found {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * What each part of a file may say and the whole may not: a setting that would be without effect leaves open what its
 * author believes closed.
 */
export function contradictionsIn(file: GatewayFile): Found[] {
  const { certificates, listen, routes } = file;
  const found: Found[] = [];
  if (certificates.length > 0 && listen.httpsPort === undefined)
    found.push({
      path: ["certificates"],
      message: "certificates: are shown over HTTPS alone; give listen.httpsPort",
    });
  const defaults = certificates.flatMap((one, i) => (one.default ? [i] : []));
  for (const i of defaults.slice(1))
    found.push({
      path: ["certificates", i, "default"],
      message: `certificates[${i}].default: another one is the default already`,
    });
  return [...found, ...routes.flatMap((route, i) => routeContradictions(route, i, file))];
}

function routeContradictions(
  { settings = {} }: FileRoute,
  i: number,
  { listen, tokens }: GatewayFile,
): Found[] {
  const found: Found[] = [];
  const say = (key: "authorization" | "https" | "clientAuthorities", message: string): void =>
    void found.push({
      path: ["routes", i, "settings", key],
      message: `routes[${i}].settings.${key}: ${message}`,
    });
  if (settings.authorization?.kind === "biscuit" && !tokens)
    say("authorization", "nobody's tokens can be verified; give tokens.rootKeys");
  if (listen.httpsPort !== undefined) return found;
  if (settings.https !== undefined && settings.https !== "allow")
    say("https", "there is no HTTPS here; give listen.httpsPort and certificates");
  if (settings.clientAuthorities !== undefined)
    say("clientAuthorities", "clients prove themselves over HTTPS alone; give listen.httpsPort");
  return found;
}
