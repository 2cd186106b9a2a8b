import { Injectable, type LoggerService } from "@nestjs/common";
import { writeSync } from "node:fs";

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Readonly<Record<string, unknown>>;

/** Fields whose value is never written, whatever it is. */
const SECRET_FIELD = /token|secret|password|authorization|cookie|private|sealed/i;
/** A Biscuit or another long base64url text inside a sentence; not a revocation id, which is a signature in hexadecimal. */
const SECRET_TEXT = /\b(?![0-9a-f]{128,144}\b)[A-Za-z0-9_-]{120,}={0,2}/g;

const LEVELS: Readonly<Record<LogLevel, number>> = { debug: 10, info: 20, warn: 30, error: 40 };

/** One JSON object per line on standard output: `time`, `level`, `message`, then the fields. Secrets are left out. */
@Injectable()
export class JsonLogger implements LoggerService {
  readonly #write: (line: string) => void;
  readonly #least: number;

  constructor(write: (line: string) => void = writeToStandardOutput, least: LogLevel = "info") {
    this.#write = write;
    this.#least = LEVELS[least];
  }

  /** What Nest says of its own start, module by module: of use only to who looks for a fault there. */
  log(message: unknown, context?: unknown): void {
    this.#record("debug", message, context);
  }

  info(message: string, fields: LogFields = {}): void {
    this.#record("info", message, fields);
  }

  warn(message: unknown, context?: unknown): void {
    this.#record("warn", message, context);
  }

  error(message: unknown, ...context: unknown[]): void {
    this.#record("error", message, ...context);
  }

  debug(message: unknown, context?: unknown): void {
    this.#record("debug", message, context);
  }

  #record(level: LogLevel, message: unknown, ...context: unknown[]): void {
    if (LEVELS[level] < this.#least) return;
    const fields = Object.fromEntries(context.flatMap((value) => Object.entries(fieldsOf(value))));
    const text = message instanceof Error ? message.message : String(message);
    const cause = message instanceof Error ? fieldsOf(message) : {};
    const record = { time: new Date().toISOString(), level, message: text, ...cause, ...fields };
    this.#write(`${JSON.stringify(record, redact).replaceAll(SECRET_TEXT, "…")}\n`);
  }
}

/** A stream would end the whole process, or itself, at the first line that a full disk does not take. */
function writeToStandardOutput(line: string): void {
  try {
    writeSync(process.stdout.fd, line);
  } catch {
    // A full disk or a closed pipe costs this line: not the service, and not the lines to come.
  }
}

/** Nest passes a context name or a stack as text; we pass fields or an error. */
function fieldsOf(value: unknown): LogFields {
  if (value instanceof Error) return { error: value };
  if (typeof value === "string")
    return value.includes("\n") ? { stack: value } : { context: value };
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function redact(key: string, value: unknown): unknown {
  if (SECRET_FIELD.test(key)) return "…";
  if (value instanceof Error)
    return { name: value.name, message: value.message, stack: value.stack, cause: value.cause };
  return typeof value === "bigint" ? value.toString() : value;
}
