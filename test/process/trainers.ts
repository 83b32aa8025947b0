import { readdirSync, readFileSync } from 'node:fs';

/** Numbers of the training processes that this process has started, on Linux. Chromium is a child of it as well. */
export function trainers(): number[] {
  const ofProcess = (pid: string, file: string) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'utf8');
    } catch {
      return ''; // It has ended meanwhile.
    }
  };
  return (
    readdirSync('/proc')
      .filter((pid) => /^\d+$/.test(pid))
      // After the name in brackets: state, parent.
      .filter((pid) => Number(ofProcess(pid, 'stat').split(') ')[1]?.split(' ')[1]) === process.pid)
      .filter((pid) => ofProcess(pid, 'cmdline').includes('trainer'))
      .map(Number)
  );
}
