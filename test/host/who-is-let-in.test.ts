import fc from 'fast-check';
import { createHmac } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { openHost } from './open-host.ts';

/** Each hole is a story, and tried. */

describe('the link in the terminal', () => {
  it('has 32 random bytes that browsers send nobody, other ones at each start', async () => {
    const home = temporaryFolder();
    const [one, other] = [await openHost({ home }), await openHost({ home })];
    expect(one.host.link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}$/);
    expect(one.token).not.toBe(other.token);
  });

  it('is needed: nothing but empty screens is shown without it, and the page says where it is', async () => {
    const { ask, own } = await openHost();
    for (const path of [
      '/reports/abcdefabcdef/results.csv',
      '/packed/abcdefabcdef.transplant',
      '/uploads/a.zip?bytes=1',
      '/session',
      '/browser-session',
    ]) {
      const answer = await ask(path, { headers: { host: own } });
      expect(answer.status, path).toBe(403);
      expect(answer.body).toContain('Open the link that Transplant printed in the terminal');
      expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    }
    expect((await ask('/', { headers: { host: own } })).body).toBe('<title>The screens</title>');
    expect((await ask('/assets/index-1.js', { headers: { host: own } })).status).toBe(200);
  });

  it('is not guessed: a token that differs anywhere is refused', async () => {
    const { ask, own, token } = await openHost();
    const wrong = fc.oneof(
      fc.string({ maxLength: 60 }).map((text) => encodeURIComponent(text)),
      fc.nat(42).map((at) => token.slice(0, at) + (token[at] === 'x' ? 'y' : 'x') + token.slice(at + 1)),
      fc.nat(42).map((length) => token.slice(0, length)),
      fc.constant(`${token}x`),
    );
    await fc.assert(
      fc.asyncProperty(wrong, async (guess) => {
        expect((await ask('/session', { headers: { host: own, authorization: `Bearer ${guess}` } })).status).toBe(403);
        expect((await ask(`/?token=${guess}`, { headers: { host: own } })).body).toBe('<title>The screens</title>');
      }),
      { numRuns: 100 },
    );
  });
});

describe('the token', () => {
  it('opens reports by a path that holds its own key, which opens nothing else', async () => {
    const { ask, own, files, visitor, connect } = await openHost();
    const stranger = { host: own };
    expect((await ask(`${files}/reports/abcdefabcdef/results.csv`, { headers: stranger })).body).toBe('n,accuracy');
    expect((await ask(`${files}/reports/abcdefabcdef.zip`, { headers: stranger })).body).toMatch(/^PK/);
    for (const path of ['/session', '/uploads/a.zip?bytes=1', '/assets/index-1.js', '/'])
      expect((await ask(`${files}${path}`, { headers: stranger })).status, path).toBe(403);
    const [, , key] = files.split('/');
    const keyAsToken = { ...visitor, authorization: `Bearer ${key}` };
    expect((await ask('/session', { headers: keyAsToken })).status).toBe(403);
    await expect(connect(keyAsToken)).rejects.toThrow('HTTP 403');
    const guess = `/files/${key.slice(1)}x`;
    expect((await ask(`${guess}/reports/abcdefabcdef.zip`, { headers: stranger })).status).toBe(403);
  });

  it('is a subprotocol of a web socket, as browsers send it, and the answer does not repeat it', async () => {
    const { connect, own, token } = await openHost();
    const page = { host: own, origin: `http://${own}` };
    const socket = await connect(page, '/connection', ['transplant', token]);
    expect(socket.protocol).toBe('transplant');
    socket.terminate();
    await expect(connect(page, '/connection', ['transplant', `${token.slice(1)}x`])).rejects.toThrow('HTTP 403');
    await expect(connect(page, '/connection', ['transplant'])).rejects.toThrow('HTTP 403');
  });

  it('is in no cookie: a server on another port is sent nothing that lets it in, whatever origin it claims', async () => {
    const { ask, connect, own, port, token, visitor } = await openHost();
    for (const path of ['/', `/?token=${token}`, '/session', '/start', '/assets/index-1.js'])
      expect((await ask(path, { headers: visitor })).headers['set-cookie'], path).toBeUndefined();
    // Not even the token itself is worth anything as one.
    const forged = { host: own, origin: `http://${own}`, cookie: `transplant-${port}=${token}; token=${token}` };
    expect((await ask('/session', { headers: forged })).status).toBe(403);
    await expect(connect(forged)).rejects.toThrow('HTTP 403');
  });

  it('ends with the start and with the port', async () => {
    const home = temporaryFolder();
    const first = await openHost({ home });
    await first.host.close();
    const again = await openHost({ home, port: first.port });
    const elsewhere = await openHost({ home });
    for (const { ask, own, connect } of [again, elsewhere]) {
      const old = { host: own, origin: `http://${own}`, authorization: `Bearer ${first.token}` };
      expect((await ask('/session', { headers: old })).status).toBe(403);
      await expect(connect(old)).rejects.toThrow('HTTP 403');
    }
  });

  it('of the next start is known to a page that was left open, and to no program that took its port over', async () => {
    const home = temporaryFolder();
    const first = await openHost({ home });
    const { resumption } = JSON.parse((await first.ask('/session', { headers: first.visitor })).body) as {
      resumption: string;
    };
    await first.host.close();
    const again = await openHost({ home });
    const { start } = JSON.parse((await again.ask('/start', { headers: { host: again.own } })).body) as {
      start: string;
    };
    const shownAt = (host: string) => createHmac('sha256', resumption).update(`${start} ${host}`).digest('base64url');
    const status = async (token: string) =>
      (await again.ask('/session', { headers: { ...again.visitor, authorization: `Bearer ${token}` } })).status;
    expect(await status(shownAt(again.own))).toBe(200);
    expect(await status(shownAt(`localhost:${again.port}`))).toBe(200);
    // A page that still stands at the old port is told the start of the new one by whoever is there now.
    expect(await status(shownAt(first.own))).toBe(403);
    const other = await openHost();
    expect(
      (await other.ask('/session', { headers: { ...other.visitor, authorization: `Bearer ${shownAt(other.own)}` } }))
        .status,
    ).toBe(403);
  });
});

describe('a page elsewhere', () => {
  it('whose name was pointed at 127.0.0.1 (DNS rebinding) is refused by the name that it says', async () => {
    const { ask, visitor, port } = await openHost();
    for (const name of [
      'attacker.example',
      `attacker.example:${port}`,
      `127.0.0.1.attacker.example:${port}`,
      `localhost.attacker.example:${port}`,
      `127.0.0.1:${port + 1}`,
      '127.0.0.1',
      `user@127.0.0.1:${port}`,
      `127.0.0.1:${port}, attacker.example`,
      '',
    ])
      for (const path of ['/', '/session', '/start'])
        expect((await ask(path, { headers: { ...visitor, host: name, origin: `http://${name}` } })).status, name).toBe(
          403,
        );
  });

  it('that says two names, or asks as one asks a proxy, is refused', async () => {
    const { port, visitor } = await openHost();
    const raw = async (head: string): Promise<string> => {
      const socket = connectTcp(port, '127.0.0.1');
      socket.write(`${head}\r\nAuthorization: ${visitor.authorization}\r\nConnection: close\r\n\r\n`);
      return text(socket);
    };
    const own = `127.0.0.1:${port}`;
    expect(await raw(`GET / HTTP/1.1\r\nHost: ${own}`)).toMatch(/^HTTP\/1.1 200 /);
    expect(await raw(`GET / HTTP/1.1\r\nHost: ${own}\r\nHost: attacker.example`)).toMatch(/^HTTP\/1.1 4\d\d /);
    expect(await raw('GET / HTTP/1.0')).toMatch(/^HTTP\/1.1 403 /);
    expect(await raw(`GET http://attacker.example/ HTTP/1.1\r\nHost: ${own}`)).toMatch(/^HTTP\/1.1 400 /);
    expect(await raw(`CONNECT attacker.example:80 HTTP/1.1\r\nHost: ${own}`)).not.toMatch(/^HTTP\/1.1 2/);
  });

  it('on another port of this machine is refused by its origin, even if it knew the token', async () => {
    const { ask, connect, own, port, visitor } = await openHost();
    for (const origin of [
      'http://attacker.example',
      `http://127.0.0.1:${port + 1}`,
      `http://localhost:${port}`,
      'null',
      '',
    ]) {
      const headers = { ...visitor, origin };
      expect((await ask('/', { headers })).status, origin).toBe(403);
      expect((await ask('/uploads/a.zip', { method: 'PUT', headers, body: 'PK' })).status, origin).toBe(403);
      await expect(connect(headers), origin).rejects.toThrow('HTTP 403');
    }
    const { origin: _, ...silent } = visitor;
    expect((await ask('/', { headers: silent })).status).toBe(200);
    expect((await ask('/uploads/a.zip', { method: 'PUT', headers: silent, body: 'PK' })).status).toBe(403);
    await expect(connect(silent)).rejects.toThrow('HTTP 403');
    await expect(connect({ origin: `http://${own}` })).rejects.toThrow('HTTP 403');
    await expect(connect(visitor, '/other')).rejects.toThrow('HTTP 404');
    (await connect(visitor)).terminate();
  });

  it('gets no permission to read across origins', async () => {
    const { ask, visitor } = await openHost();
    const preflight = { 'access-control-request-method': 'PUT', 'access-control-request-headers': 'x' };
    const { status, headers } = await ask('/uploads/a', { method: 'OPTIONS', headers: { ...visitor, ...preflight } });
    expect(status).toBe(405);
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    const page = await ask('/', { headers: visitor });
    expect(Object.keys(page.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(page.headers).toMatchObject({
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
    });
  });
});

describe('the addresses that a person may use', () => {
  it('are 127.0.0.1, localhost and ::1, and those that were named', async () => {
    const { ask, port, visitor } = await openHost({ knownAs: ['gpu.example', 'localhost:9000'] });
    for (const name of [`localhost:${port}`, `[::1]:${port}`, `LOCALHOST:${port}`, 'gpu.example', 'localhost:9000'])
      expect(
        (await ask('/session', { headers: { host: name, authorization: visitor.authorization } })).status,
        name,
      ).toBe(200);
    const secure = { host: 'gpu.example', origin: 'https://gpu.example', authorization: visitor.authorization };
    expect((await ask('/session', { headers: secure })).status).toBe(200);
  });

  it('may open a web socket by the policy of the page', async () => {
    const { ask, port, visitor } = await openHost();
    const policy = (await ask('/', { headers: visitor })).headers['content-security-policy'];
    expect(policy).toContain(`ws://127.0.0.1:${port} `);
  });
});

describe('what may be asked', () => {
  it('is GET and HEAD, and PUT for uploads', async () => {
    const { ask, files, visitor } = await openHost();
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])
      expect((await ask('/', { method, headers: visitor })).status, method).toBe(405);
    for (const method of ['POST', 'DELETE'])
      expect(
        (await ask('/uploads/a.zip', { method, headers: { ...visitor, 'content-length': '0' } })).status,
        method,
      ).toBe(405);
    const head = await ask(`${files}/reports/abcdefabcdef.zip`, { method: 'HEAD', headers: visitor });
    expect(head).toMatchObject({ status: 200, body: '', headers: { 'content-type': 'application/zip' } });
  });

  it('stays within the screens and the reports', async () => {
    const { ask, files, visitor } = await openHost();
    const step = fc.constantFrom(
      '..',
      '.',
      '',
      '%2e%2e',
      '%2E.',
      '..%2f',
      '..%5c',
      '\\..',
      '..;',
      'assets',
      'reports',
      'abcdefabcdef',
    );
    const goal = fc.constantFrom(
      'secret.txt',
      'etc/passwd',
      'home/secret.txt',
      'secret.txt%00.js',
      'browser-session',
      'transplant.sqlite',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), goal, async (steps, file) => {
        for (const root of ['', `${files}/reports`, `${files}/packed`]) {
          const { status, body } = await ask(`${root}/${steps.join('/')}/${file}`, { headers: visitor });
          expect(status).toBe(404);
          expect(body).not.toContain('SECRET');
        }
      }),
      { numRuns: 300 },
    );
  });

  it('ends when a visitor begins and does not go on', async () => {
    const { port } = await openHost({ timeouts: { headers: 100, idle: 60_000 } });
    const socket = connectTcp(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: ');
    expect(await text(socket)).toMatch(/^HTTP\/1.1 408 /);
  });

  it('ends for a visitor who has shown no token in ten seconds, whatever else it asks for; a page stays', async () => {
    const { port, own, visitor, connect } = await openHost({ timeouts: { stranger: 100, idle: 60_000 } });
    const page = await connect(visitor);
    const [silent, asking, admitted] = [0, 1, 2].map(() => connectTcp(port, '127.0.0.1'));
    const get = (path: string, head = '') => `GET ${path} HTTP/1.1\r\nHost: ${own}\r\n${head}\r\n`;
    admitted.write(get('/session', `Authorization: ${visitor.authorization}\r\n`));
    asking.write(get('/start'));
    const answers = text(admitted);
    await Promise.all([text(silent), text(asking)]);
    admitted.end(get('/start', 'Connection: close\r\n'));
    expect(await answers).toMatch(/HTTP\/1.1 200 [^]*HTTP\/1.1 200 /);
    expect(page.readyState).toBe(WebSocket.OPEN);
    page.terminate();
  });

  it('is not rubbish: whatever bytes come, the next visitor is served', async () => {
    const { ask, port, visitor } = await openHost();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
        const socket = connectTcp(port, '127.0.0.1');
        socket.on('error', () => {});
        socket.end(bytes);
        await text(socket).catch(() => '');
      }),
      { numRuns: 100 },
    );
    expect((await ask('/', { headers: visitor })).status).toBe(200);
  });
});
