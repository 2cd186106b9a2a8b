/** What is wrong in a file, and where: line and column from 1. */
export interface FileProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** The file cannot be put into force; every problem that was found is in it, in the order of the file. */
export class FileRefused extends Error {
  override readonly name = "FileRefused";
  readonly file: string;
  readonly problems: readonly FileProblem[];

  constructor(file: string, problems: readonly FileProblem[]) {
    const inOrder = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
    super(inOrder.map((problem) => shownProblem(file, problem)).join("\n"));
    this.file = file;
    this.problems = inOrder;
  }
}

/** As compilers write it, so that editors find the place. */
const shownProblem = (file: string, { line, column, message }: FileProblem): string =>
  `${file}:${line}:${column}: ${message}`;
