import { readFileSync } from "node:fs";

interface CodeBuilder {
  addCode(source: string): void;
}

/** What is used of objects that the module's memory holds until they are freed. */
interface Held {
  free(): void;
}

export interface OracleThirdPartyBlock extends Held {
  /** Uses the block up. */
  toBase64(): string;
}

export interface OracleRequest extends Held {
  /** Uses the request up. */
  createBlock(key: unknown, block: CodeBuilder): OracleThirdPartyBlock;
  toBase64(): string;
}

export interface OracleToken extends Held {
  appendBlock(block: CodeBuilder): OracleToken;
  /** Uses the block up. */
  appendThirdPartyBlock(key: unknown, block: OracleThirdPartyBlock): OracleToken;
  sealToken(): OracleToken;
  toBytes(): Uint8Array;
  toString(): string;
  countBlocks(): number;
  getBlockSource(index: number): string;
  getRevocationIdentifiers(): string[];
  getThirdPartyRequest(): OracleRequest;
}

/** The part of the WebAssembly API that is used: the compiler's libraries do not declare it without the DOM. */
interface WebAssemblyApi {
  readonly Module: {
    new (bytes: Uint8Array): object;
    imports(module: object): readonly { readonly module: string }[];
  };
  readonly Instance: new (
    module: object,
    imports: Readonly<Record<string, unknown>>,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
}

interface Glue {
  readonly __wbg_set_wasm: (exports: Readonly<Record<string, unknown>>) => void;
}

/** What is used of the WebAssembly module. Its own types do not compile. */
interface OracleModule {
  readonly AuthorizerBuilder: new () => CodeBuilder & {
    buildAuthenticated(token: OracleToken): { authorize(): number };
    buildUnauthenticated(): { authorize(): number };
  };
  readonly Biscuit: {
    builder(): CodeBuilder & { build(root: unknown): OracleToken; setRootKeyId(id: number): void };
    block_builder(): CodeBuilder;
    fromBytes(bytes: Uint8Array, root: unknown): OracleToken;
    fromBase64(text: string, root: unknown): OracleToken;
  };
  readonly PrivateKey: {
    fromString(text: string): unknown;
    fromBytes(bytes: Uint8Array, algorithm: number): unknown;
  };
  readonly ThirdPartyRequest: { fromBase64(text: string): OracleRequest };
  readonly PublicKey: { fromString(hex: string, algorithm: number): unknown };
}

let instances = 0;

/**
 * The reference implementation compiled to WebAssembly, with a clock that stands still: its time limit would otherwise
 * refuse valid tokens now and then.
 */
export async function loadOracle(): Promise<OracleModule> {
  const folder = new URL(
    "../../../node_modules/@biscuit-auth/biscuit-wasm/module/",
    import.meta.url,
  );
  const { WebAssembly: api } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
  const glue = (await import(
    // Each instance needs glue of its own, which keeps views of the instance's memory.
    /* @vite-ignore */ `${new URL("biscuit_bg.js", folder).href}?instance=${instances++}`
  )) as OracleModule & Glue;
  const module = new api.Module(readFileSync(new URL("biscuit_bg.wasm", folder)));
  const imports: Record<string, unknown> = {};
  for (const { module: from } of api.Module.imports(module)) {
    imports[from] ??= from.includes("snippets") ? { performance_now: () => 0 } : glue;
  }
  const { exports } = new api.Instance(module, imports);
  const setExports = glue["__wbg_set_wasm"];
  setExports(exports);
  silently(() => (exports["__wbindgen_start"] as () => void)());
  return glue;
}

/** The module greets on the console when it starts. */
function silently(run: () => void): void {
  // oxlint-disable no-console -- its console is the thing to be silenced
  const { log } = console;
  console.log = () => undefined;
  try {
    run();
  } finally {
    console.log = log;
  }
  // oxlint-enable no-console
}

export type Oracle = OracleModule;

/** Makes a token of one or more blocks. */
export function oracleToken(
  oracle: Oracle,
  privateKey: string,
  blocks: readonly string[],
): OracleToken {
  const [authority = "", ...others] = blocks;
  const builder = oracle.Biscuit.builder();
  builder.addCode(authority);
  let token = builder.build(oracle.PrivateKey.fromString(privateKey));
  for (const code of others) {
    const block = oracle.Biscuit.block_builder();
    block.addCode(code);
    token = token.appendBlock(block);
  }
  return token;
}

/** What the reference decides, in its own words. */
export function oracleDecision(
  oracle: Oracle,
  token: OracleToken | undefined,
  policy: string,
): unknown {
  const builder = new oracle.AuthorizerBuilder();
  builder.addCode(policy);
  const authorizer =
    token === undefined ? builder.buildUnauthenticated() : builder.buildAuthenticated(token);
  try {
    return { Ok: authorizer.authorize() };
  } catch (error) {
    return { Err: error };
  }
}
