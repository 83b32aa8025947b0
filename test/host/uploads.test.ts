import fc from 'fast-check';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { clearUploads, isUpload, removeUpload } from '../../src-main/app/workspace/uploads.ts';
import { fileName } from '../../src-main/host/uploads.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { openHost, type Answer } from './open-host.ts';

const GIBIBYTE = 2 ** 30;
const sentence = ({ body }: Answer): string => (JSON.parse(body) as { sentence: string }).sentence;
const pathIn = ({ body }: Answer): string => (JSON.parse(body) as { path: string }).path;
const uploadsIn = (home: string): string[] =>
  existsSync(join(home, 'uploads')) ? readdirSync(join(home, 'uploads')) : [];

/** A request for an upload that brings its head and first bytes, and no more. */
function begin(port: number, visitor: Record<string, string>, name: string, length: number) {
  const socket = connectTcp(port, '127.0.0.1');
  socket.on('error', () => {});
  const head = Object.entries({ ...visitor, 'content-length': `${length}` }).map(
    ([key, value]) => `${key}: ${value}\r\n`,
  );
  socket.write(`PUT /uploads/${name} HTTP/1.1\r\n${head.join('')}\r\nfirst bytes`);
  return socket;
}

/** Waits for what happens in the system's own time. */
const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 20_000, interval: 5 });

describe('an upload', () => {
  it('becomes a file of its name in the home folder, for this user only, and the page learns its path', async () => {
    const { ask, visitor, home } = await openHost();
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
    expect((await ask(`/uploads/birds.zip?bytes=${bytes.length}`, { headers: visitor })).status).toBe(200);
    const answer = await ask('/uploads/birds.zip', { method: 'PUT', headers: visitor, body: bytes });
    const path = pathIn(answer);
    expect(answer.status).toBe(200);
    expect(basename(path)).toBe('birds.zip');
    expect(isUpload(home, path)).toBe(true);
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  });

  it('of the name of another stands beside it', async () => {
    const { ask, visitor } = await openHost();
    const put = (body: string) => ask('/uploads/birds.zip', { method: 'PUT', headers: visitor, body });
    const paths = (await Promise.all([put('one'), put('two')])).map(pathIn);
    expect(paths.map((path) => readFileSync(path, 'utf8')).sort()).toEqual(['one', 'two']);
  });

  it('that breaks off leaves nothing behind', async () => {
    const { port, visitor, home } = await openHost();
    const socket = begin(port, visitor, 'birds.zip', 1_000_000);
    await until(() => uploadsIn(home).length === 1);
    socket.destroy();
    await until(() => uploadsIn(home).length === 0);
  });

  it('that is silent for too long is ended and leaves nothing behind', async () => {
    const { port, visitor, home } = await openHost({ timeouts: { idle: 100 } });
    const socket = begin(port, visitor, 'birds.zip', 1_000_000);
    await new Promise((resolve) => socket.once('close', resolve).resume());
    await until(() => uploadsIn(home).length === 0);
  });

  it('that does not fit on the disk is refused before it comes, and says what there is room for', async () => {
    const { ask, visitor, home } = await openHost({ freeBytes: async () => 2 * GIBIBYTE });
    const answer = await ask(`/uploads/birds.zip?bytes=${3 * GIBIBYTE}`, { headers: visitor });
    expect(answer.status).toBe(507);
    expect(sentence(answer)).toBe(
      `There is no space for it in ${home}: it has 3 GiB, and 1.5 GiB can be used there; free some space, or use another home folder.`,
    );
    const put = { method: 'PUT', headers: { ...visitor, 'content-length': `${3 * GIBIBYTE}` } };
    expect((await ask('/uploads/birds.zip', put)).status).toBe(507);
    expect(uploadsIn(home)).toEqual([]);
  });

  it('has no room that another one under way was promised', async () => {
    const { ask, port, visitor, home } = await openHost({ freeBytes: async () => 4 * GIBIBYTE });
    const check = () => ask(`/uploads/b.zip?bytes=${2 * GIBIBYTE}`, { headers: visitor });
    expect((await check()).status).toBe(200);
    const socket = begin(port, visitor, 'a.zip', 2 * GIBIBYTE);
    await until(() => uploadsIn(home).length === 1);
    expect((await check()).status).toBe(507);
    socket.destroy();
    // Promised until its files are gone, and a moment longer.
    await expect.poll(async () => (await check()).status).toBe(200);
  });

  it('that is too large for a browser is told the better way', async () => {
    const { ask, visitor } = await openHost({ freeBytes: async () => 1e15 });
    const answer = await ask(`/uploads/birds.zip?bytes=${200 * GIBIBYTE}`, { headers: visitor });
    expect(answer.status).toBe(413);
    expect(sentence(answer)).toContain('200 GiB is too much to send through a browser (at most 100 GiB)');
    expect(sentence(answer)).toContain('transplant data import PATH');
  });

  it('must say how long it is', async () => {
    const { ask, visitor } = await openHost();
    const chunked = { ...visitor, 'transfer-encoding': 'chunked' };
    const answer = await ask('/uploads/a.zip', { method: 'PUT', headers: chunked, body: 'PK' });
    expect(answer.status).toBe(411);
    for (const bytes of ['', '-1', '1e3', '0x10', '9'.repeat(30)])
      expect((await ask(`/uploads/a.zip?bytes=${bytes}`, { headers: visitor })).status).toBe(411);
  });

  it('is one of four at a time', async () => {
    const { ask, port, visitor, home } = await openHost();
    const sockets = Array.from({ length: 4 }, (_, index) => begin(port, visitor, `${index}.zip`, 1000));
    await until(() => uploadsIn(home).length === 4);
    const answer = await ask('/uploads/5.zip?bytes=1', { headers: visitor });
    expect([answer.status, sentence(answer)]).toEqual([
      429,
      '4 uploads are under way; wait until one of them is done.',
    ]);
    for (const socket of sockets) socket.destroy();
  });

  it('is one of four at a time also where sixty come in the same moment', async () => {
    const asked = Promise.withResolvers<void>();
    const { ask, visitor, home } = await openHost({
      // The disk answers when all have come.
      freeBytes: async () => (await asked.promise, 1e12),
    });
    const put = () => ask('/uploads/a.zip', { method: 'PUT', headers: visitor, body: 'PK' });
    const refusals = { count: 0 };
    const answers = Array.from({ length: 60 }, async () => {
      const { status } = await put();
      if (status === 429 && (refusals.count += 1) === 56) asked.resolve();
      return status;
    });
    expect((await Promise.all(answers)).filter((status) => status === 200)).toHaveLength(4);
    expect(uploadsIn(home)).toHaveLength(4);
  });

  it('is one of 64 that wait to be imported, at most, and of 100 GiB', async () => {
    const { ask, visitor, home } = await openHost({ freeBytes: async () => 1e15 });
    const put = () => ask('/uploads/a.zip', { method: 'PUT', headers: visitor, body: 'PK' });
    const first = await put();
    expect((await ask(`/uploads/b.zip?bytes=${100 * GIBIBYTE}`, { headers: visitor })).status).toBe(429);
    for (let stored = 1; stored < 64; stored++) expect((await put()).status).toBe(200);
    const refused = await put();
    expect(refused.status).toBe(429);
    expect(sentence(refused)).toBe(
      '64 uploads of 128 B together wait to be imported; import them, or start Transplant again, which removes them.',
    );
    await removeUpload(home, pathIn(first));
    expect((await put()).status).toBe(200);
  });

  it('is refused while the home folder is not open, with the reason', async () => {
    const { ask, visitor, home } = await openHost({ closed: () => 'Another Transplant works there; wait.' });
    for (const call of [{}, { method: 'PUT', body: 'PK' }]) {
      const answer = await ask('/uploads/a.zip?bytes=1', { ...call, headers: visitor });
      expect([answer.status, sentence(answer)]).toEqual([503, 'Another Transplant works there; wait.']);
    }
    expect(uploadsIn(home)).toEqual([]);
  });

  it('says in a sentence what is in the way on the disk, and comes once that is mended', async () => {
    const home = temporaryFolder();
    writeFileSync(join(home, 'file'), '');
    const { ask, visitor } = await openHost({ home, freeBytes: async () => 1e12 });
    const put = () => ask('/uploads/a.zip', { method: 'PUT', headers: visitor, body: 'PK' });
    expect((await put()).status).toBe(200);
    rmSync(join(home, 'uploads'), { recursive: true });
    writeFileSync(join(home, 'uploads'), 'in the way');
    const answer = await put();
    expect([answer.status, sentence(answer)]).toEqual([
      507,
      `The folder ${home} can't be written to: make it writable or use another home folder.`,
    ]);
    rmSync(join(home, 'uploads'));
    expect((await put()).status).toBe(200);
  });

  it('stays where it belongs whatever its name', async () => {
    const { ask, visitor, home } = await openHost();
    const name = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 80 }),
      fc.constantFrom(
        '..',
        '../../x.zip',
        '/etc/passwd',
        'C:\\x.zip',
        'a\u0000.zip',
        'con.tar',
        'é'.repeat(300),
        '%',
        '.',
      ),
    );
    await fc.assert(
      fc.asyncProperty(name, async (given) => {
        const answer = await ask(`/uploads/${encodeURIComponent(given)}`, {
          method: 'PUT',
          headers: visitor,
          body: 'PK',
        });
        expect(answer.status).toBe(200);
        expect(isUpload(home, pathIn(answer))).toBe(true);
        expect(readFileSync(pathIn(answer), 'utf8')).toBe('PK');
        await removeUpload(home, pathIn(answer));
      }),
      { numRuns: 100 },
    );
  });

  it('whose name is not written as browsers write it is refused', async () => {
    const { ask, visitor } = await openHost();
    expect((await ask('/uploads/%ff.zip', { method: 'PUT', headers: visitor, body: 'PK' })).status).toBe(400);
  });
});

describe('the name of an upload', () => {
  it('is kept where it can be', () => {
    for (const name of ['birds.zip', 'Vögel im Garten.tar.gz', '鳥.tar', 'a (1).tgz'])
      expect(fileName(name)).toBe(name);
  });

  it('is made plain, and keeps its ending when it is shortened', () => {
    expect(fileName('../../etc/passwd')).toBe('passwd');
    expect(fileName('C:\\birds\\a:b.zip')).toBe('a_b.zip');
    expect(fileName('..')).toBe('images');
    expect(fileName('con.zip')).toBe('_con.zip');
    expect(fileName('.hidden.zip')).toBe('hidden.zip');
    expect(fileName('gnp.\u202epiz')).toBe('gnp._piz');
    expect(fileName(`${'鳥'.repeat(200)}.tar.gz`)).toMatch(/^鳥{64}\.tar\.gz$/);
  });
});

describe('an upload that was imported', () => {
  it('is removed, and nothing else can be in its name', async () => {
    const home = temporaryFolder();
    const place = join(home, 'uploads', 'a'.repeat(32));
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'birds.zip'), 'PK');
    writeFileSync(join(home, 'transplant.sqlite'), '');
    for (const path of [
      join(home, 'transplant.sqlite'),
      home,
      place,
      join(home, 'uploads'),
      `${place}/..`,
      `${place}/../..`,
      `${place}/../../transplant.sqlite`,
      join(home, 'uploads', 'x', 'birds.zip'),
      join(place, 'deeper', 'birds.zip'),
      '/',
      '',
    ]) {
      expect(isUpload(home, path), path).toBe(false);
      await removeUpload(home, path);
    }
    expect(existsSync(join(place, 'birds.zip'))).toBe(true);
    await removeUpload(home, join(home, 'uploads', '.', 'a'.repeat(32), 'birds.zip'));
    expect(existsSync(place)).toBe(false);
    expect(existsSync(join(home, 'transplant.sqlite'))).toBe(true);
  });
});

describe('what an earlier process left', () => {
  it('is removed, but not an upload that comes meanwhile', async () => {
    const home = temporaryFolder();
    const uploads = join(home, 'uploads');
    mkdirSync(join(uploads, 'f'.repeat(32)), { recursive: true });
    writeFileSync(join(uploads, 'f'.repeat(32), 'birds.zip'), 'PK');
    const cleared = clearUploads(home);
    mkdirSync(join(uploads, 'a'.repeat(32)));
    await cleared;
    expect(readdirSync(uploads)).toEqual(['a'.repeat(32)]);
    await clearUploads(join(home, 'nowhere'));
  });
});
