import fc from 'fast-check';
import { connect as connectTcp } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { openHost } from './open-host.ts';

/** Each hole is a story, and tried. */

describe('the link in the terminal', () => {
  it('lets a browser in: it gets a cookie that no script and no other site can use, and an address without the token', async () => {
    const { ask, token, port } = await openHost();
    const answer = await ask(`/?token=${token}`);
    expect(answer.status).toBe(200);
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(new RegExp(`^transplant-${port}=[\\w-]{43}; HttpOnly; SameSite=Strict; Path=/$`)),
    ]);
    expect(answer.body).toContain('<meta http-equiv="refresh" content="0; url=/" />');
    expect(answer.body).not.toContain(token);
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
  });

  it('holds 32 random bytes, other ones at each start', async () => {
    const [one, other] = [await openHost(), await openHost()];
    expect(one.token).toMatch(/^[\w-]{43}$/);
    expect(one.token).not.toBe(other.token);
  });

  it('is needed: nothing is shown without it, and the page says where it is', async () => {
    const { ask, own } = await openHost();
    for (const path of ['/', '/assets/index-1.js', '/reports/abcdefabcdef/results.csv', '/uploads/a.zip?bytes=1']) {
      const answer = await ask(path, { headers: { host: own } });
      expect(answer.status).toBe(403);
      expect(answer.body).toContain('Open the link that Transplant printed in the terminal');
      expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    }
  });

  it('is not guessed: a token that differs anywhere is refused', async () => {
    const { ask, token } = await openHost();
    const wrong = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.nat(42).map((at) => token.slice(0, at) + (token[at] === 'x' ? 'y' : 'x') + token.slice(at + 1)),
      fc.nat(42).map((length) => token.slice(0, length)),
      fc.constant(`${token}x`),
    );
    await fc.assert(
      fc.asyncProperty(wrong, async (guess) => {
        const { status, headers } = await ask(`/?token=${encodeURIComponent(guess)}`);
        expect(status).toBe(403);
        expect(headers['set-cookie']).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });

  it('is not the cookie: whoever reads one over a shoulder does not have the other', async () => {
    const { ask, token, own, port, visitor } = await openHost();
    expect((await ask('/', { headers: { host: own, cookie: `transplant-${port}=${token}` } })).status).toBe(403);
    expect((await ask(`/?token=${visitor.cookie.split('=')[1]}`)).status).toBe(403);
  });
});

describe('the cookie', () => {
  it('opens the screens, scripts and reports', async () => {
    const { ask, visitor } = await openHost();
    expect((await ask('/', { headers: visitor })).body).toBe('<title>The screens</title>');
    expect((await ask('/assets/index-1.js', { headers: visitor })).status).toBe(200);
    expect((await ask('/reports/abcdefabcdef/results.csv', { headers: visitor })).body).toBe('n,accuracy');
    expect((await ask('/reports/abcdefabcdef.zip', { headers: visitor })).body).toMatch(/^PK/);
  });

  it('of another port, another value, or another name opens nothing', async () => {
    const { ask, own, port, visitor } = await openHost();
    const [, secret] = visitor.cookie.split('=');
    for (const cookie of [
      `transplant-${port + 1}=${secret}`,
      `transplant-${port}=`,
      `transplant-${port}=${secret}x`,
      `transplant-${port}=${secret.slice(0, -1)}`,
      `xtransplant-${port}=${secret}`,
      secret,
      '='.repeat(4000),
    ])
      expect((await ask('/', { headers: { host: own, cookie } })).status, cookie).toBe(403);
  });

  it('is found among others, also when another program on this host set one of the same name', async () => {
    const { ask, own, port, visitor } = await openHost();
    const cookie = `a=b; transplant-${port}=theirs; ${visitor.cookie};c`;
    expect((await ask('/', { headers: { host: own, cookie } })).status).toBe(200);
  });

  it('of a page that was left open is good again when Transplant was started again in the same home', async () => {
    const { host, home, port, visitor } = await openHost();
    await host.close();
    const { ask } = await openHost({ home, port });
    expect((await ask('/', { headers: visitor })).status).toBe(200);
  });

  it('of one home is no good for another', async () => {
    const { host, port, visitor } = await openHost();
    await host.close();
    const { ask } = await openHost({ port });
    expect((await ask('/', { headers: visitor })).status).toBe(403);
  });
});

describe('a page elsewhere', () => {
  it('whose name was pointed at 127.0.0.1 (DNS rebinding) is refused by the name that it says', async () => {
    const { ask, visitor, port, token } = await openHost();
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
      for (const path of ['/', `/?token=${token}`]) {
        const { status, headers } = await ask(path, { headers: { ...visitor, host: name, origin: `http://${name}` } });
        expect(status, name).toBe(403);
        expect(headers['set-cookie']).toBeUndefined();
      }
  });

  it('that says two names, or asks as one asks a proxy, is refused', async () => {
    const { port, visitor } = await openHost();
    const raw = async (head: string): Promise<string> => {
      const socket = connectTcp(port, '127.0.0.1');
      socket.write(`${head}\r\nCookie: ${visitor.cookie}\r\nConnection: close\r\n\r\n`);
      return text(socket);
    };
    const own = `127.0.0.1:${port}`;
    expect(await raw(`GET / HTTP/1.1\r\nHost: ${own}`)).toMatch(/^HTTP\/1.1 200 /);
    expect(await raw(`GET / HTTP/1.1\r\nHost: ${own}\r\nHost: attacker.example`)).toMatch(/^HTTP\/1.1 4\d\d /);
    expect(await raw('GET / HTTP/1.0')).toMatch(/^HTTP\/1.1 403 /);
    expect(await raw(`GET http://attacker.example/ HTTP/1.1\r\nHost: ${own}`)).toMatch(/^HTTP\/1.1 400 /);
    expect(await raw(`CONNECT attacker.example:80 HTTP/1.1\r\nHost: ${own}`)).not.toMatch(/^HTTP\/1.1 2/);
  });

  it('on another port of this machine, whose requests carry the cookie, is refused by its origin', async () => {
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
      expect((await ask('/', { headers: { host: name, cookie: visitor.cookie } })).status, name).toBe(200);
    const secure = { host: 'gpu.example', origin: 'https://gpu.example', cookie: visitor.cookie };
    expect((await ask('/', { headers: secure })).status).toBe(200);
  });

  it('may open a web socket by the policy of the page', async () => {
    const { ask, port, visitor } = await openHost();
    const policy = (await ask('/', { headers: visitor })).headers['content-security-policy'];
    expect(policy).toContain(`ws://127.0.0.1:${port} `);
  });
});

describe('what may be asked', () => {
  it('is GET and HEAD, and PUT for uploads', async () => {
    const { ask, visitor } = await openHost();
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])
      expect((await ask('/', { method, headers: visitor })).status, method).toBe(405);
    for (const method of ['POST', 'DELETE'])
      expect(
        (await ask('/uploads/a.zip', { method, headers: { ...visitor, 'content-length': '0' } })).status,
        method,
      ).toBe(405);
    const head = await ask('/reports/abcdefabcdef.zip', { method: 'HEAD', headers: visitor });
    expect(head).toMatchObject({ status: 200, body: '', headers: { 'content-type': 'application/zip' } });
  });

  it('stays within the screens and the reports', async () => {
    const { ask, visitor } = await openHost();
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
        const { status, body } = await ask(`/${steps.join('/')}/${file}`, { headers: visitor });
        expect(status).toBe(404);
        expect(body).not.toContain('SECRET');
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
