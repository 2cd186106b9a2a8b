/** What is made at its first use and then kept: whoever imports the library pays for nothing else. */
export function lazy<Made>(make: () => Made): () => Made {
  let made: Made | undefined;
  return () => (made ??= make());
}
