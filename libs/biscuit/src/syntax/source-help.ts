import { installSourceHelp } from "./problem.ts";
import { resumption } from "./resume.ts";
import { offsetOfVariable, tokenEnd } from "./scan.ts";
import { suggestionFor } from "./suggest.ts";

/** Gives errors of source their suggestions and exact places, and lets them tell of everything that is wrong at once. */
export function installSuggestions(): void {
  installSourceHelp({ suggestionFor, resumption, tokenEnd, offsetOfVariable });
}
