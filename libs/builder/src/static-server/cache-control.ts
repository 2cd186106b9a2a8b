const YEAR_SECONDS = 31_536_000;

/** Directories that bundlers fill with files named by their content. */
const BUILT = /(?:^|\/)(?:assets|static|immutable|_astro|_next|_nuxt|js|css|media|fonts)\//;
/** The last part of a name before its extension, long enough to be a hash. */
const HASH =
  /[.-]([A-Za-z0-9_-]{8,64})\.(?:m?js|css|map|json|wasm|woff2?|ttf|png|jpe?g|gif|svg|webp|avif|ico|mp4|webm)$/;

/** A word has letters of one case; a hash has digits, or capitals among small letters. */
const looksRandom = (text: string): boolean =>
  (/\d/.test(text) && /[A-Za-z]/.test(text)) || /[a-z][A-Z].*[a-z]|[A-Z]{2}[a-z]/.test(text);

/** A file whose name changes with its content may be kept for a year; any other is asked for again each time. */
export function cacheControl(path: string): string {
  const hash = HASH.exec(path)?.[1];
  const isImmutable = BUILT.test(path) && hash !== undefined && looksRandom(hash);
  return isImmutable
    ? `public, max-age=${YEAR_SECONDS}, immutable`
    : "public, max-age=0, must-revalidate";
}
