/** Maps items with `limit` of them at work at once; results come in the order of the items. */
export async function* mapOrdered<Item, Result>(
  items: AsyncIterable<Item>,
  limit: number,
  map: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const atWork: Promise<Result>[] = [];
  try {
    for await (const item of items) {
      const result = map(item);
      // A failure is met when its turn comes; until then it must not count as unhandled.
      result.catch(() => {});
      atWork.push(result);
      if (atWork.length >= limit) yield await atWork.shift()!;
    }
    while (atWork.length > 0) yield await atWork.shift()!;
  } finally {
    await Promise.allSettled(atWork);
  }
}
