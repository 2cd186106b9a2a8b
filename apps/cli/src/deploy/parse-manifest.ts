/** Apart, so that who has no manifest loads no parser, and who has one nothing but it. */
export { readManifest } from "@bastide/builder";
