import type { PackageJson } from "./package-json.ts";
import { programOf } from "./start-command.ts";

/** Programs whose package has another name. */
const PACKAGE_OF: Readonly<Record<string, string>> = {
  "babel-node": "@babel/node",
  dotenv: "dotenv-cli",
  dotenvx: "@dotenvx/dotenvx",
  nest: "@nestjs/cli",
  ng: "@angular/cli",
  "react-router-serve": "@react-router/serve",
  "remix-serve": "@remix-run/serve",
  "run-p": "npm-run-all",
  "run-s": "npm-run-all",
  tsc: "typescript",
  tsnd: "ts-node-dev",
};

/** Modules that Node loads before the app: `-r ts-node/register`, `--import tsx`. */
const PRELOADED =
  /(?:^|\s)(?:-r|--require|--import|--loader|--experimental-loader)[ =](@[\w.-]+\/[\w.-]+|[\w-][\w.-]*)/g;

/** The first package that the command needs and that production installs leave out. */
export function developmentPackage(command: string, app: PackageJson): string | undefined {
  return packagesOf(command).find(
    (name) => Object.hasOwn(app.devDependencies, name) && !Object.hasOwn(app.dependencies, name),
  );
}

const packagesOf = (command: string): readonly string[] =>
  command.split(/&&|\|\||;/).flatMap((part) => {
    const program = programOf(part) ?? "";
    const preloaded = [...part.matchAll(PRELOADED)].flatMap(([, name]) => name ?? []);
    const owner = Object.hasOwn(PACKAGE_OF, program) ? PACKAGE_OF[program] : undefined;
    return [program, ...(owner === undefined ? [] : [owner]), ...preloaded];
  });
