/** Runs work as a stream: it yields the latest progress each time it is asked, and then the result. */
export async function* withProgress<Progress, Result>(
  begin: (onProgress: (progress: Progress) => void) => Promise<Result>,
): AsyncGenerator<Progress | Result, void, void> {
  let latest: { readonly progress: Progress } | undefined;
  let changed = Promise.withResolvers<void>();
  const work = begin((progress) => {
    latest = { progress };
    changed.resolve();
  });
  const done = work.then(
    () => true,
    () => true,
  );
  while (!(await Promise.race([done, changed.promise.then(() => false)]))) {
    changed = Promise.withResolvers();
    if (latest) yield latest.progress;
  }
  yield await work;
}
