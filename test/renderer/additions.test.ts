import { beforeEach, expect, it, vi } from 'vitest';
import { goTo } from '../../src-renderer/state/route.svelte.ts';
import { session } from '../../src-renderer/state/session.svelte.ts';
import { additions } from '../../src-renderer/state/additions.svelte.ts';
import { additionText } from '../../src-renderer/text/additions.ts';
import { upload } from '../../src-renderer/upload/upload.ts';

vi.mock('../../src-renderer/state/access.svelte.ts', () => ({ access: { authorization: 'Bearer token' } }));
vi.mock('../../src-renderer/state/session.svelte.ts', () => ({
  session: {
    api: { images: { import: vi.fn(), readImport: vi.fn() }, home: { choose: vi.fn() }, studies: { unpack: vi.fn() } },
    opened: vi.fn(),
  },
}));
vi.mock('../../src-renderer/state/route.svelte.ts', () => ({ goTo: vi.fn() }));
vi.mock('../../src-renderer/upload/upload.ts', () => ({ upload: vi.fn() }));

const begun = vi.mocked(session.api.images.import);
const read = vi.mocked(session.api.images.readImport);
type ReadImport = Awaited<ReturnType<typeof session.api.images.readImport>>;
const choose = vi.mocked(session.api.home.choose);
const sent = vi.mocked(upload);
const wanted = { size: 64, name: '' };
/** As a browser has it; Node's File has no path within a folder. */
const zip = Object.assign(new File(['PK'], 'birds.zip'), { webkitRelativePath: '' });
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

beforeEach(() => {
  vi.resetAllMocks();
  vi.mocked(session.opened).mockResolvedValue(session.api);
  begun.mockResolvedValue({ import: 1 });
  // Nothing that a person is to look at first.
  read.mockResolvedValue({ reading: { problem: null, notes: [], choices: [], leftOut: [] } } as unknown as ReadImport);
  for (const addition of additions.list) additions.remove(addition);
});

/** The window of the Electron shell, where files have these paths. */
const inShell = (paths: Record<string, string>) =>
  vi.stubGlobal('window', { transplant: { pathOf: ({ name }: File) => paths[name] } });
const inBrowser = () => vi.stubGlobal('window', {});
const dropOf = (...names: string[]) =>
  ({ files: names.map((name) => new File(['x'], name)) }) as unknown as DataTransfer;
const problems = () => additions.list.map(({ problem }) => problem);

it('in the shell, what is dropped is imported from where it is', async () => {
  inShell({ birds: '/photos/birds', 'cats.zip': '/photos/cats.zip' });
  additions.drop(dropOf('birds', 'cats.zip'), { size: 64, name: ' mine ' });
  await settled();
  expect(begun.mock.calls.map(([call]) => call)).toEqual([
    { path: '/photos/birds', size: 64, name: 'mine', answers: {} },
    { path: '/photos/cats.zip', size: 64, name: 'mine', answers: {} },
  ]);
  expect(sent).not.toHaveBeenCalled();
  expect(additions.list).toEqual([]);
});

it('what is at a path is never said to be sent: it is looked through, then waits for an answer', async () => {
  inShell({ birds: '/photos/birds' });
  const reading = Promise.withResolvers<ReadImport>();
  read.mockReturnValue(reading.promise);
  additions.drop(dropOf('birds'), wanted);
  await settled();
  const said = () => additions.list.map(({ stage, name }) => additionText.stages[stage](name));
  expect(said()).toEqual(['Looking through /photos/birds']);
  const found = { problem: null, notes: ['Masks are left out.'], choices: [], leftOut: [] };
  reading.resolve({ reading: found } as unknown as ReadImport);
  await settled();
  expect(said()).toEqual(['/photos/birds has something to decide']);
  additions.asking!.answer({});
  await settled();
  expect(begun).toHaveBeenCalledOnce();
  expect(said()).toEqual([]);
});

it('a study out of a file is restored and shown, dropped or opened with the application', async () => {
  const unpack = vi.mocked(session.api.studies.unpack).mockResolvedValue({ study: '0123456789ab', known: false });
  inShell({ 'birds.transplant': '/studies/birds.transplant' });
  additions.drop(dropOf('birds.transplant'), wanted);
  additions.path('/studies/CATS.TRANSPLANT', wanted);
  await settled();
  expect(unpack.mock.calls.map(([call]) => call)).toEqual([
    { file: '/studies/birds.transplant' },
    { file: '/studies/CATS.TRANSPLANT' },
  ]);
  expect(vi.mocked(goTo)).toHaveBeenCalledWith('results', '0123456789ab');
  expect(begun).not.toHaveBeenCalled();
});

it('in the shell, what has no path opens the dialog of the system, and a sentence says why', async () => {
  inShell({ 'inside an archive': '' });
  choose.mockResolvedValue('/photos/birds');
  additions.drop(dropOf('inside an archive'), wanted);
  await settled();
  expect(begun.mock.calls.map(([call]) => call.path)).toEqual(['/photos/birds']);
  expect(problems()).toEqual([expect.stringContaining('Save or unpack it first')]);
});

it('in the shell, the hundred files of a folder are not taken for a hundred archives', async () => {
  const names = Array.from({ length: 100 }, (_, index) => `${index}.jpg`);
  inShell(Object.fromEntries(names.map((name) => [name, `/photos/${name}`])));
  additions.drop(dropOf(...names), wanted);
  await settled();
  expect(begun).not.toHaveBeenCalled();
  expect(problems()).toEqual([expect.stringContaining('100 files were dropped at once. Drop the folder')]);
});

it('in a browser, what is chosen is sent, then imported from where it came to, under its own name', async () => {
  inBrowser();
  sent.mockResolvedValue({ path: '/home/uploads/0f/birds.zip' });
  additions.choose([zip], wanted);
  await vi.waitFor(() => expect(begun).toHaveBeenCalled());
  expect(begun.mock.calls[0][0]).toEqual({ path: '/home/uploads/0f/birds.zip', size: 64, name: 'birds', answers: {} });
  await vi.waitFor(() => expect(additions.list).toEqual([]));
});

it('what can’t be sent says so, and stays until it is taken off the list', async () => {
  inBrowser();
  sent.mockRejectedValue(new Error('The disk of Transplant is full: free 2 GiB.'));
  additions.choose([zip], wanted);
  await vi.waitFor(() => expect(problems()).toEqual(['The disk of Transplant is full: free 2 GiB.']));
  expect(begun).not.toHaveBeenCalled();
  additions.remove(additions.list[0]);
  expect(additions.list).toEqual([]);
});

it('sending that is cancelled imports nothing and leaves no message', async () => {
  inBrowser();
  sent.mockImplementation((_name, _archive, { signal }) => {
    return new Promise((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason)));
  });
  additions.choose([zip], wanted);
  await vi.waitFor(() => expect(sent).toHaveBeenCalled());
  expect(additions.list).toHaveLength(1);
  additions.remove(additions.list[0]);
  await settled();
  expect(begun).not.toHaveBeenCalled();
  expect(additions.list).toEqual([]);
});
