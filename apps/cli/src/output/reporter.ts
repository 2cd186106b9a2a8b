/** One phase that is going on. */
export interface Phase {
  /** A few words that replace what the phase last said. */
  update(text: string): void;
  done(text?: string): void;
  failed(text?: string): void;
}

/** Where phases are told to: a terminal, or the process that started this one. */
export interface Reporter {
  begin(name: string): Phase;
  /** A line outside the phases. */
  remark(text: string): void;
}

/** Runs work as a phase; a failure ends it as failed. */
export async function during<Result>(
  reporter: Reporter,
  name: string,
  work: (phase: Phase) => Promise<Result>,
): Promise<Result> {
  const phase = reporter.begin(name);
  let note: string | undefined;
  try {
    const result = await work({ ...phase, done: (text) => void (note = text) });
    phase.done(note);
    return result;
  } catch (error) {
    phase.failed();
    throw error;
  }
}
