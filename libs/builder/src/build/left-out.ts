import type { LeaveOut } from "../archive/walk-tree.ts";

/** Caches and notes of tools: of no use to the app, and different after every build. */
const SCRATCH: readonly RegExp[] = [
  /^\.git$/,
  /^\.(?:npm|pnpm-store)$/,
  /^\.next\/cache$/,
  /^\.(?:turbo|parcel-cache|nx|cache)$/,
  /^\.yarn$/,
  /^node_modules\/\.(?:cache|vite.*|modules\.yaml|pnpm-workspace-state.*|yarn-integrity|yarn-state\.yml)$/,
];

/** What an app's artefact does not have of its tree. */
export const leftOutOfApp: LeaveOut = (path) => SCRATCH.some((pattern) => pattern.test(path));

/** Of a site that is the whole source: everything that is not the site. */
const NOT_SITE =
  /^(?:node_modules|package(?:-lock)?\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|Procfile|bastide\.ya?ml)$/;

export const leftOutOfSite: LeaveOut = (path) =>
  NOT_SITE.test(path) || (path.startsWith(".") && !/^\.(?:bastide|well-known)(?:\/|$)/.test(path));
