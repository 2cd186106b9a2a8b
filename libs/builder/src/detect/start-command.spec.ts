import { describe, expect, it } from "vitest";
import { isDevServer } from "./frameworks.ts";
import { programOf, scriptCommand, withoutManager } from "./start-command.ts";

const NPM = "/opt/bastide/node/bin/node /opt/bastide/npm/bin/npm-cli.js";

describe("a command without its package manager", () => {
  it.each([
    ["npm start", { start: "node s.js" }, "node s.js"],
    ["npm run serve", { serve: "next start" }, "next start"],
    ["npm run -s serve", { serve: "x" }, "x"],
    ["yarn serve", { serve: "x" }, "x"],
    ["pnpm run serve", { serve: "x" }, "x"],
    ["node --run serve", { serve: "x" }, "x"],
    ["npm start", { start: "npm run a", a: "yarn b", b: "node b.js" }, "node b.js"],
    [
      "npm start",
      { prestart: "migrate", start: "serve", poststart: "clean" },
      "migrate && serve && clean",
    ],
    ["yarn next start -p 80", {}, "next start -p 80"],
    ["pnpm exec next start", {}, "next start"],
    ["node server.js", { start: "x" }, "node server.js"],
    ["NODE_ENV=x npm start", { start: "y" }, "NODE_ENV=x npm start"],
    ["npm run a && yarn b", { a: "x 1", b: "y 2" }, "x 1 && y 2"],
    ["npm run a; npm run b", { a: "x" }, "npm run a; npm run b".replace(/^npm/, NPM)],
    ["cd server && npm start", { start: "node elsewhere.js" }, "cd server && npm start"],
    ["cross-env NODE_ENV=x A=b node s.js", {}, "NODE_ENV=x A=b node s.js"],
    ["nodemon s.js", {}, "node s.js"],
    ["A=1 nodemon -L bin/www", {}, "A=1 node bin/www"],
    ["nodemon src/s.ts", {}, "nodemon src/s.ts"],
    ["nodemon --exec babel-node s.js", {}, "nodemon --exec babel-node s.js"],
    ["node --watch s.js", {}, "node s.js"],
  ])("%s", (command, scripts, expected) => {
    expect(withoutManager(command, scripts)).toBe(expected);
  });

  it("calls npm by its place where npm has to run", () => {
    expect(withoutManager("npm run gone", {})).toBe(`${NPM} run gone`);
    expect(withoutManager("npm run a -- --flag", { a: "x" })).toBe(`${NPM} run a -- --flag`);
    expect(withoutManager("npx serve dist", {})).toMatch(/npx-cli\.js --yes -- serve dist$/);
    expect(withoutManager("npx -y @scope/tool --serve", {})).toMatch(
      /--yes -- @scope\/tool --serve$/,
    );
  });

  it("ends where scripts call each other in a circle", () => {
    expect(scriptCommand("start", { start: "npm run a", a: "npm start" })).toContain("npm-cli.js");
  });

  it("is never read from what objects inherit", () => {
    expect(withoutManager("npm run constructor", {})).toBe(`${NPM} run constructor`);
  });
});

it.each([
  ["node s.js", "node"],
  ["A=1 B=2 exec tsx s.ts", "tsx"],
  ["cross-env X=1 next start", "next"],
  ["A=1", undefined],
  [withoutManager("npx @11ty/eleventy@3 --serve", {}), "eleventy"],
])("the program of %j is %s", (command, program) => {
  expect(programOf(command)).toBe(program);
});

describe("a server for developers", () => {
  it.each([
    "vite",
    "vite --host",
    "vite preview",
    "astro dev",
    "react-scripts start",
    "ng serve",
    "PORT=1 parcel src/index.html",
    "webpack serve",
    withoutManager("npx @11ty/eleventy --serve --quiet", {}),
    "gulp watch",
    "next dev",
  ])("is %s", (command) => expect(isDevServer(command)).toBe(true));
  it.each([
    "node vite.js",
    "vite-node s.ts",
    "next start",
    "parcel build",
    "ng build",
    "webpack",
    "vitepress build",
  ])("is not %s", (command) => expect(isDevServer(command)).toBe(false));
});
