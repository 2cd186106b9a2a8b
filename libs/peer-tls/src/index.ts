export type { Credentials } from "./credentials.ts";
export { fetchAuthority, fingerprintOf } from "./fetch-authority.ts";
export {
  AUTHORITY_DOMAIN,
  CALL_PROTOCOL,
  CONTROL_HOST,
  GUARD_PROTOCOL,
  hostOf,
  instanceOf,
  instanceServerName,
  type Peer,
  peerOf,
  TUNNEL_PROTOCOL,
} from "./names.ts";
export {
  IDENTITY_FILES,
  type IdentityDocument,
  readIdentity,
  type SavedIdentity,
  writeIdentity,
} from "./identity-files.ts";
export {
  type NodeAnswer,
  nodeFetch,
  type NodeFetch,
  type NodeRequest,
  type OpenRequest,
} from "./node-fetch.ts";
export { isNodeKey, isProof, prove, type Statement } from "./proof.ts";
export { secureFetch, type SecureFetchOptions, wrongPeer } from "./secure-fetch.ts";
export { TUNNEL_IS_OPEN, Tunneller, type TunnelTarget } from "./tunnel.ts";
