import { readdirSync, readFileSync } from 'node:fs';
import { homedir, hostname, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Finding } from '../../common/contract/engine.ts';
import { PACKAGE_FILE, programCommit, programVersion } from '../../process/program.ts';
import { type Home, readHome } from '../opened-home.ts';
import { protocolIn } from '../../study/plan/protocol.ts';
import { readIndex } from '../stored/study.ts';

/** Of the newest bugs and failed trainings, so many of each, and the first lines of each. */
const NEWEST = 3;
const LINES = 15;

/**
 * What to send with a report of a bug, as text that anybody may read: versions, what was found on the machine, the newest bugs and
 * failed trainings. Paths, names of images, sets, studies and classes, of the user and of the machine are left out.
 */
export async function diagnostics(home: string, findings: readonly Finding[]): Promise<string> {
  const { electron, node } = process.versions;
  // A store that can't be read is among the findings.
  const { names, failures } = await readHome(home, recorded).catch(() => ({ names: [], failures: [] }));
  const privacy = privacyOf(home);
  const troubles = [...failures, ...bugs(home)].map((text) => privacy.ofTrouble(text, names));
  return [
    `Transplant ${programVersion()}, ${programCommit() ?? 'from source'}`,
    `Node ${node}${electron === undefined ? '' : `, Electron ${electron}`}, ${process.platform} ${process.arch}`,
    '',
    ...findings.map(({ name, status, text }) => `${status.padEnd(8)}${name}: ${privacy.ofFinding(text)}`),
    ...troubles.flatMap((text) => ['', text]),
  ].join('\n');
}

/** Names that are nobody else's, and what failed trainings have said. */
function recorded(opened: Home): { names: string[]; failures: string[] } {
  const { store } = opened;
  const sets = [...store.imageSets(), ...store.deletedImageSets()];
  const classes = sets.flatMap((set) => {
    try {
      return readIndex(opened.home, set).classes;
    } catch {
      return [];
    }
  });
  // A deleted study and the name that one began with stand in old traces, too.
  const studies = [...store.studies(), ...store.deletedStudies()];
  const called = studies.flatMap(({ name, protocol }) => [name, protocolIn(protocol)?.name ?? name]);
  const errors = store
    .studies()
    .flatMap(({ id }) => store.studyRuns(id).flatMap(({ record: { error } }) => error ?? []));
  return {
    names: [...sets.flatMap(({ name, source }) => [name, source]), ...called, ...classes],
    failures: errors.slice(0, NEWEST).map((error) => `A training failed: ${firstLines(error)}`),
  };
}

/** The traces of the newest bugs (app/bug-log.ts). */
function bugs(home: string): string[] {
  try {
    const folder = join(home, 'logs');
    const files = readdirSync(folder).filter((name) => /^bug-[\dTZ-]+\.log$/.test(name));
    return files
      .sort()
      .slice(-NEWEST)
      .map((name) => `${name}\n${firstLines(readFileSync(join(folder, name), 'utf8'))}`);
  } catch {
    return [];
  }
}

const firstLines = (text: string): string => text.trim().split('\n').slice(0, LINES).join('\n');

/** Folders that are the same on every machine of their kind. */
const OF_THE_SYSTEM =
  /^(\/(usr|lib|lib64|opt|bin|sbin|etc|dev|proc|sys|Applications|System)\/|[A-Z]:\\(Windows|Program Files)\\)/i;
/** A word with a slash after a space belongs to the path before it: `/media/Anna Weber/images`. */
const PATH =
  /(?<![\w.~>/\\-])(?:\/|[A-Za-z]:\\|\\\\)[\w.@+-][^\s"'“”,;:()]*(?: [^\s"'“”,;:()/\\<]*[/\\][^\s"'“”,;:()]*)*(?<!\.)/g;
/** What is quoted is a name or a path; an apostrophe within a word begins nothing. */
const QUOTED = /"[^"\n]*"|“[^”\n]*”|(?<!\w)'[^'\n]*'(?!\w)/g;

function privacyOf(home: string) {
  const program = dirname(fileURLToPath(PACKAGE_FILE));
  const own = [[home, '<home folder>'], [program, '<program>'], ...userFolder()] as const;
  const people = [...userName(), hostname()].filter((name) => name.length > 2);
  const ofFinding = (text: string): string => {
    const known = own.reduce((rest, [path, word]) => rest.replaceAll(path, word), text);
    return withoutWords(
      known.replace(PATH, (path) => (OF_THE_SYSTEM.test(path) ? path : '<path>')),
      people,
    );
  };
  const ofLine = (line: string, names: readonly string[]): string => {
    // Where in the program it was: nobody's names, though some may sound alike.
    if (/^\s+at /.test(line)) return ofFinding(line);
    const unquoted = line.replace(QUOTED, '<name>');
    return withoutWords(ofFinding(unquoted).replace(/~[/\\][^\s,;:()]*[^\s,;:().]/g, '<path>'), names);
  };
  return {
    ofFinding,
    ofTrouble: (text: string, names: readonly string[]): string =>
      text
        .split('\n')
        .map((line) => ofLine(line, names))
        .join('\n'),
  };
}

/** The names as words of their own, the longest first: one may be part of another. */
function withoutWords(text: string, names: readonly string[]): string {
  return [...new Set(names)]
    .filter((name) => name !== '' && text.includes(name))
    .sort((a, b) => b.length - a.length)
    .reduce((rest, name) => rest.replace(new RegExp(`(?<!\\w)${RegExp.escape(name)}(?!\\w)`, 'g'), '<name>'), text);
}

function userFolder(): [string, string][] {
  try {
    return [[homedir(), '~']];
  } catch {
    return [];
  }
}

function userName(): string[] {
  try {
    return [userInfo().username];
  } catch {
    return [];
  }
}
