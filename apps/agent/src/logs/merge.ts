/** Items of several sources in the order in which they come. Ends when all have; one that fails ends it. */
export async function* merge<Item>(sources: readonly AsyncGenerator<Item>[]): AsyncGenerator<Item> {
  const pending = new Map(sources.map((source) => [source, nextOf(source)]));
  try {
    while (pending.size > 0) {
      const { source, result } = await Promise.race(pending.values());
      if (result.done === true) pending.delete(source);
      else {
        pending.set(source, nextOf(source));
        yield result.value;
      }
    }
  } finally {
    for (const source of pending.keys()) void source.return(undefined).catch(() => {});
  }
}

async function nextOf<Item>(source: AsyncGenerator<Item>) {
  return { source, result: await source.next() };
}
