/** A request as the client makes it. */
export interface FetchRequest {
  readonly method: string;
  readonly signal: AbortSignal;
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | Blob;
  readonly duplex?: "half";
}

/** An answer as the client reads it: as text, as JSON, or as a stream, and once. A `Response` is one. */
export interface FetchAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: Pick<Headers, "get">;
  /** Null where there can be none. */
  readonly body: ReadableStream<Uint8Array> | null;
  text(): Promise<string>;
  json(): Promise<unknown>;
}

/** What the client needs of `fetch`, so that something which loads faster can take its place. */
export type Fetch = (url: string, request: FetchRequest) => Promise<FetchAnswer>;
