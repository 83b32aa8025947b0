export interface Job {
  readonly key: string;
  /** Key of the job that must end before this one begins; a key that is not among the jobs counts as ended. */
  readonly source: string | null;
  readonly seconds: number;
}

/** Seconds until all jobs are done by `workers` at once, each taking the first job that may begin, as the runner does. */
export function makespan(jobs: readonly Job[], workers: number): number {
  const waiting = [...jobs];
  const unfinished = new Set(jobs.map(({ key }) => key));
  const active: { readonly key: string; readonly end: number }[] = [];
  let now = 0;
  for (;;) {
    while (active.length < workers) {
      const next = waiting.findIndex(({ source }) => source === null || !unfinished.has(source));
      if (next < 0) break;
      const [{ key, seconds }] = waiting.splice(next, 1);
      active.push({ key, end: now + seconds });
    }
    if (active.length === 0) return now;
    active.sort((a, b) => a.end - b.end);
    const { key, end } = active.shift()!;
    now = end;
    unfinished.delete(key);
  }
}
