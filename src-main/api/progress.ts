/** Work that says how far it is, as a stream: whatever progress was last whenever it is asked for, then the result. */
export async function* withProgress<Progress, Result>(
  begin: (onProgress: (progress: Progress) => void) => Promise<Result>,
): AsyncGenerator<Progress | Result, void, void> {
  let latest: { readonly progress: Progress } | undefined;
  let news = Promise.withResolvers<void>();
  const work = begin((progress) => {
    latest = { progress };
    news.resolve();
  });
  const done = work.then(
    () => true,
    () => true,
  );
  while (!(await Promise.race([done, news.promise.then(() => false)]))) {
    news = Promise.withResolvers();
    if (latest) yield latest.progress;
  }
  yield await work;
}
