/** Root keys that issuers publish. Exported as `@bastide/biscuit/web-keys`. */
export { parseWebKeys, printWebKeys, WEB_KEYS_PATH, type WebKey } from "./token/web-keys.ts";
export {
  type FetchWebKeys,
  WebKeySource,
  type WebKeySourceOptions,
} from "./token/web-key-source.ts";
