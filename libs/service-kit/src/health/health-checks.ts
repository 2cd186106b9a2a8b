import { Injectable } from "@nestjs/common";

export interface HealthResult {
  readonly name: string;
  readonly healthy: boolean;
  readonly message: string;
}

/** Longest time that one check may take. */
const DEADLINE_MS = 2000;

/** What a service needs in order to do its work; each feature that needs something registers its check. */
@Injectable()
export class HealthChecks {
  readonly #checks = new Map<string, (signal: AbortSignal) => Promise<string>>();

  /** `check` gives a message when all is well and throws when not. It is asked often: it must be cheap. */
  register(name: string, check: (signal: AbortSignal) => Promise<string>): void {
    this.#checks.set(name, check);
  }

  run(): Promise<HealthResult[]> {
    return Promise.all([...this.#checks].map(([name, check]) => outcome(name, check)));
  }
}

async function outcome(
  name: string,
  check: (signal: AbortSignal) => Promise<string>,
): Promise<HealthResult> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  const { promise, reject } = Promise.withResolvers<never>();
  const late = () => reject(new Error(`no answer within ${DEADLINE_MS} ms`));
  deadline.addEventListener("abort", late, { once: true });
  try {
    return { name, healthy: true, message: await Promise.race([check(deadline), promise]) };
  } catch (error) {
    return {
      name,
      healthy: false,
      message: error instanceof Error ? error.message : String(error),
    };
  } finally {
    deadline.removeEventListener("abort", late);
  }
}
