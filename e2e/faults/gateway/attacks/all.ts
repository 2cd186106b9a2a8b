import { HTTP1_ATTACKS, HTTPS_ATTACKS } from "./http1.ts";
import { HTTP2_ATTACKS } from "./http2.ts";
import { type Attacks } from "./hostile.ts";
import { TLS_ATTACKS } from "./tls.ts";

/** Those that have rows of their own. */
export const ATTACKS: Attacks = { ...HTTP1_ATTACKS, ...TLS_ATTACKS, ...HTTP2_ATTACKS };

/** Those of a soak: the plain ones over HTTPS besides. */
export const MIXED_ATTACKS: Attacks = { ...ATTACKS, ...HTTPS_ATTACKS };
