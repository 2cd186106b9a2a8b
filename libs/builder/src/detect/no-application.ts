import { BuilderError } from "../builder-error.ts";
import type { SourceTree } from "./source-tree.ts";

/** Signs of apps of another kind, so that the refusal says what was seen. */
const OTHER_KINDS: Readonly<Record<string, string>> = {
  Dockerfile: "a container image",
  "compose.yaml": "a set of containers",
  "docker-compose.yml": "a set of containers",
  "requirements.txt": "a Python app",
  "pyproject.toml": "a Python app",
  "go.mod": "a Go app",
  "Cargo.toml": "a Rust app",
  Gemfile: "a Ruby app",
  "composer.json": "a PHP app",
  "pom.xml": "a Java app",
  "deno.json": "a Deno app",
};

/** `no-application`: what was looked for, what was seen instead, and what to add. */
export function noApplication(tree: SourceTree, fact = "No application was found"): BuilderError {
  const seen = Object.entries(OTHER_KINDS).find(([file]) => tree.has(file));
  const hint =
    seen === undefined
      ? ""
      : ` ${seen[0]} looks like ${seen[1]}, which is not built here: give a Procfile whose commands run as they are.`;
  return new BuilderError(
    "no-application",
    `${fact}. Looked for package.json with a start script, main or server.js; for a Procfile; for index.html here and in public/, dist/, build/, out/ and _site/; and for processes in bastide.yaml.${hint} Add one of them, for one \`processes: { web: { command: … } }\` in bastide.yaml, or deploy another directory.`,
  );
}
