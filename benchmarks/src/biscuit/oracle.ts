import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { INSTALLATION } from "@bastide/e2e";

/** What is used of biscuit-wasm. Its own types do not compile. */
interface Builder {
  addCode(source: string): void;
}

export interface WasmToken {
  appendBlock(block: Builder): WasmToken;
  toString(): string;
  free(): void;
}

interface WasmAuthorizer {
  authorize(): number;
  free(): void;
}

export interface WasmAuthorizerBuilder extends Builder {
  buildAuthenticated(token: WasmToken): WasmAuthorizer;
  buildUnauthenticated(): WasmAuthorizer;
}

export interface Wasm {
  readonly AuthorizerBuilder: new () => WasmAuthorizerBuilder;
  readonly Biscuit: {
    builder(): Builder & { build(root: unknown): WasmToken };
    block_builder(): Builder;
    fromBase64(text: string, root: unknown): WasmToken;
  };
  readonly PrivateKey: { fromString(text: string): unknown };
  readonly PublicKey: { fromString(hex: string, algorithm: number): unknown };
}

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

/**
 * The reference implementation compiled to WebAssembly, as npm has it, with a clock that stands still: its time limit
 * would otherwise end a measurement now and then.
 */
export async function loadWasm(): Promise<Wasm> {
  // The package exports its browser entry only, which no Node loads without flags.
  const folder = join(INSTALLATION, "node_modules/@biscuit-auth/biscuit-wasm/module");
  const { WebAssembly: api } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
  const glue = (await import(pathToFileURL(join(folder, "biscuit_bg.js")).href)) as Wasm & Glue;
  const module = new api.Module(readFileSync(join(folder, "biscuit_bg.wasm")));
  const imports: Record<string, unknown> = {};
  for (const { module: from } of api.Module.imports(module)) {
    imports[from] ??= from.includes("snippets") ? { performance_now: () => 0 } : glue;
  }
  const { exports } = new api.Instance(module, imports);
  glue["__wbg_set_wasm"](exports);
  // oxlint-disable no-console -- the module greets on the console when it starts
  const { log } = console;
  console.log = () => undefined;
  (exports["__wbindgen_start"] as () => void)();
  console.log = log;
  // oxlint-enable no-console
  return glue;
}

/** A token of one or more blocks. `root` is a private key of the peer's. */
export function wasmToken(wasm: Wasm, root: unknown, blocks: readonly string[]): WasmToken {
  const [authority = "", ...others] = blocks;
  const builder = wasm.Biscuit.builder();
  builder.addCode(authority);
  return others.reduce((token, code) => {
    const block = wasm.Biscuit.block_builder();
    block.addCode(code);
    return token.appendBlock(block);
  }, builder.build(root));
}

/** A builder that holds a policy already; building uses it up. */
export function wasmBuilder(wasm: Wasm, source: string): WasmAuthorizerBuilder {
  const builder = new wasm.AuthorizerBuilder();
  builder.addCode(source);
  return builder;
}

/** Which policy allows; throws when none does. Frees what it made. */
export function wasmDecide(builder: WasmAuthorizerBuilder, token: WasmToken | undefined): number {
  const authorizer =
    token === undefined ? builder.buildUnauthenticated() : builder.buildAuthenticated(token);
  try {
    return authorizer.authorize();
  } finally {
    authorizer.free();
  }
}
