import fc from "fast-check";
import { anyBlock } from "./datalog.fixture.ts";
import { parseBlock } from "./syntax/parse-program.ts";
import { printBlock } from "./syntax/print-statement.ts";
import { Source } from "./syntax/source.ts";
import { toHex } from "./values/hex.ts";
import { readBlock, writeBlock } from "./wire/block-codec.ts";
import { SymbolTable } from "./wire/symbols.ts";

const write = (content: Parameters<typeof writeBlock>[0]): Uint8Array =>
  writeBlock(content, SymbolTable.empty(), false).data;

/**
 * Throws for the first of `runs` random blocks that is not the same after it was written and read, or whose source does not
 * parse to what prints the same.
 */
export function checkRoundTrip(runs: number, seed: number): void {
  fc.assert(
    fc.property(anyBlock, (content) => {
      const data = write(content);
      const read = readBlock(data, SymbolTable.empty(), false).content;
      const printed = printBlock(content);
      return (
        toHex(write(read)) === toHex(data) &&
        printBlock(read) === printed &&
        printBlock(parseBlock(Source.of(printed))) === printed
      );
    }),
    { numRuns: runs, seed },
  );
}
