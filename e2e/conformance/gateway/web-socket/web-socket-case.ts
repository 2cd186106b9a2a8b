/** One thing to do with WebSockets. */
export interface WebSocketCase {
  /** Unique. */
  readonly name: string;
  /** What the client sees, asking at that port of this machine. */
  readonly run: (port: number) => Promise<readonly string[]>;
}

/** Cases by their names. */
export type WebSocketCases = Readonly<Record<string, WebSocketCase["run"]>>;
