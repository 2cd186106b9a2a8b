import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Credentials } from "@bastide/peer-tls";

/** Beside the gateway's token, where its agent writes them anew in time. The first has a certificate and its key. */
const FILES = { own: "peer.pem", authority: "peer-authority.pem" } as const;

/** What the gateway shows to other nodes; read again when the file is another one. Throws without files. */
export function peerCredentialsIn(directory: string): () => Credentials {
  let known: { readonly mtimeMs: number; readonly credentials: Credentials } | undefined;
  return () => {
    const file = join(directory, FILES.own);
    const { mtimeMs } = statSync(file);
    if (known?.mtimeMs === mtimeMs) return known.credentials;
    const own = readFileSync(file, "utf8");
    const authority = readFileSync(join(directory, FILES.authority), "utf8");
    known = { mtimeMs, credentials: { certificate: own, key: own, authority } };
    return known.credentials;
  };
}
