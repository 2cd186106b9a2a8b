import type { PackageJson } from "./package-json.ts";
import { programOf } from "./start-command.ts";

/** A tool whose build leaves plain files, and where. */
export interface Framework {
  readonly name: string;
  /** The dependency that gives it away. */
  readonly dependency: string;
  readonly output: string;
  /** Whether one page answers all paths, so that unknown ones get it too. */
  readonly singlePageApp: boolean;
}

/** In the order of trust: what is built on Vite comes before Vite. */
const FRAMEWORKS: readonly Framework[] = [
  { name: "Astro", dependency: "astro", output: "dist", singlePageApp: false },
  { name: "Docusaurus", dependency: "@docusaurus/core", output: "build", singlePageApp: false },
  { name: "Eleventy", dependency: "@11ty/eleventy", output: "_site", singlePageApp: false },
  { name: "Gatsby", dependency: "gatsby", output: "public", singlePageApp: false },
  { name: "VitePress", dependency: "vitepress", output: ".vitepress/dist", singlePageApp: false },
  { name: "Create React App", dependency: "react-scripts", output: "build", singlePageApp: true },
  { name: "Vue CLI", dependency: "@vue/cli-service", output: "dist", singlePageApp: true },
  { name: "Parcel", dependency: "parcel", output: "dist", singlePageApp: true },
  { name: "Vite", dependency: "vite", output: "dist", singlePageApp: true },
];

export const detectFramework = (app: PackageJson): Framework | undefined =>
  FRAMEWORKS.find(({ dependency }) => dependsOn(app, dependency));

const dependsOn = ({ dependencies, devDependencies }: PackageJson, name: string): boolean =>
  Object.hasOwn(dependencies, name) || Object.hasOwn(devDependencies, name);

/** A tool whose build leaves a server, and how that is started where no script says it. */
export interface ServerFramework {
  readonly name: string;
  readonly dependency: string;
  readonly command: string;
}

const SERVERS: readonly ServerFramework[] = [
  { name: "Next.js", dependency: "next", command: "next start" },
  { name: "Nuxt", dependency: "nuxt", command: "node .output/server/index.mjs" },
  { name: "SvelteKit", dependency: "@sveltejs/adapter-node", command: "node build" },
  { name: "Astro's server", dependency: "@astrojs/node", command: "node dist/server/entry.mjs" },
];

/** The server that the app's build leaves, if it is of a kind that does. */
export const serverCommand = (app: PackageJson): ServerFramework | undefined =>
  app.scripts["build"] === undefined
    ? undefined
    : SERVERS.find(({ dependency }) => dependsOn(app, dependency));

/** Libraries with which an app answers requests itself. */
const SERVER_LIBRARIES =
  /^(?:express|koa|fastify|hono|polka|connect|restify|ws|socket\.io|@hapi\/hapi|@nestjs\/core|next|nuxt|@sveltejs\/adapter-node|@astrojs\/node|h3|micro|sirv|http-proxy|json-server)$/;
/** Tools with which people make and look at plain sites. */
const SITE_TOOLS =
  /^(?:browser-sync|live-server|lite-server|http-server|serve|gulp|grunt|gulp-connect|webpack-dev-server)$/;

/** Whether its packages are those of a plain site: tools to make and look at one, nothing that serves. */
export const hasSitePackages = ({ dependencies, devDependencies }: PackageJson): boolean => {
  const names = [...Object.keys(dependencies), ...Object.keys(devDependencies)];
  return (
    names.some((name) => SITE_TOOLS.test(name)) &&
    !names.some((name) => SERVER_LIBRARIES.test(name))
  );
};

/** Programs that serve a source for its developer: no way to run an app for its users. */
const DEV_SERVERS: Readonly<Record<string, RegExp>> = {
  vite: /^vite(?: (?:dev|serve|preview)\b.*| -.*)?$/,
  astro: /^astro (?:dev|start|preview)\b/,
  "react-scripts": /^react-scripts start\b/,
  "vue-cli-service": /^vue-cli-service serve\b/,
  gatsby: /^gatsby (?:develop|serve)\b/,
  docusaurus: /^docusaurus (?:start|serve)\b/,
  eleventy: /^eleventy .*--(?:serve|watch|incremental)\b/,
  vitepress: /^vitepress (?:dev|preview|serve)\b/,
  parcel: /^parcel(?! build\b)/,
  ng: /^ng serve\b/,
  webpack: /^webpack (?:serve|-w|--watch)/,
  "webpack-dev-server": /^webpack-dev-server\b/,
  "browser-sync": /^browser-sync\b/,
  "live-server": /^live-server\b/,
  "lite-server": /^lite-server\b/,
  gulp: /^gulp\b/,
  grunt: /^grunt\b/,
  nuxt: /^nuxt (?:dev|preview|start)\b/,
  next: /^next dev\b/,
};

export function isDevServer(command: string): boolean {
  const program = programOf(command);
  if (program === undefined || !Object.hasOwn(DEV_SERVERS, program)) return false;
  return DEV_SERVERS[program]?.test(command.slice(command.indexOf(program))) === true;
}
