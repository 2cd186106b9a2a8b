import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GATEWAY_BUNDLE } from "../../../src/index.ts";
import type { Mutation } from "./mutations.ts";

/** A copy of the built gateway without one of its rules, in a directory of its own. */
export class Mutant implements AsyncDisposable {
  readonly bundle: string;

  private constructor(bundle: string) {
    this.bundle = bundle;
  }

  /** Throws unless what is to be replaced is there exactly once: the program or the mutation has changed. */
  static async make({ rule, find, replace }: Mutation): Promise<Mutant> {
    const mutant = new Mutant(await mkdtemp(join(tmpdir(), "bastide-mutant-")));
    await cp(GATEWAY_BUNDLE, mutant.bundle, { recursive: true });
    // As the folder that it was copied from.
    await writeFile(join(mutant.bundle, "package.json"), `{"type":"module"}`);
    const places: string[] = [];
    for (const file of await mutant.#programs()) {
      const text = await readFile(file, "utf8");
      places.push(
        ...text
          .split(find)
          .slice(1)
          .map(() => file),
      );
      if (text.includes(find))
        await writeFile(
          file,
          text.replace(find, () => replace),
        );
    }
    if (places.length === 1) return mutant;
    await mutant[Symbol.asyncDispose]();
    throw new Error(`the built gateway has ${places.length} places for "${rule}", and not one`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.bundle, { recursive: true, force: true });
  }

  async #programs(): Promise<string[]> {
    const names = await readdir(this.bundle, { recursive: true });
    return names.filter((name) => name.endsWith(".js")).map((name) => join(this.bundle, name));
  }
}
