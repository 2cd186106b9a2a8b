export type Level = "info" | "warn" | "error";

/** Writes one line of JSON per record; details never hold secrets. */
export class Journal {
  readonly #write: (line: string) => void;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  info(message: string, details: Readonly<Record<string, unknown>> = {}): void {
    this.#record("info", message, details);
  }

  warn(message: string, details: Readonly<Record<string, unknown>> = {}): void {
    this.#record("warn", message, details);
  }

  error(message: string, details: Readonly<Record<string, unknown>> = {}): void {
    this.#record("error", message, details);
  }

  #record(level: Level, message: string, details: Readonly<Record<string, unknown>>): void {
    const record = { time: new Date().toISOString(), level, message, ...details };
    this.#write(`${JSON.stringify(record)}\n`);
  }
}
