import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { serveConnection } from '../../src-main/api/connection.ts';
import { Workspace } from '../../src-main/app/workspace/workspace.ts';
import { openBrowserHost, type BrowserHost } from '../../src-main/host/browser-host.ts';
import type { RandomStream } from '../../src-main/random.ts';
import type { Attack, Part, Target, Verdict } from './part.ts';

/** What must never leave the home, whoever asks how. */
const SECRET = 'THE-CONTENT-OF-THE-HOME';
const PATIENCE = 20_000;

/** Calls of the browser host by who has no token, the wrong one, another origin, or a token and bad manners. */
export const host: Part = {
  name: 'host',
  about: 'hostile calls of the browser host: paths, headers, origins, tokens, frames, bytes',
  few: 150,
  patience: 2 * PATIENCE,
  async open(folder) {
    const home = join(folder, 'home');
    const renderer = join(folder, 'renderer');
    mkdirSync(join(home, 'reports', 'abcdefabcdef'), { recursive: true, mode: 0o700 });
    mkdirSync(join(renderer, 'assets'), { recursive: true });
    writeFileSync(join(renderer, 'index.html'), '<title>The screens</title>');
    writeFileSync(join(home, 'reports', 'abcdefabcdef', 'results.csv'), SECRET);
    for (const file of [join(folder, 'secret.txt'), join(home, 'secret.txt')]) writeFileSync(file, SECRET);
    const workspace = new Workspace({ home });
    workspace.open();
    const served = await openBrowserHost({
      ...{ renderer, home, port: 0, timeouts: { headers: 10_000, stranger: 3000 } },
      closed: () => workspace.closed,
      connect: (channel) => serveConnection(channel, workspace, { kind: 'browser' }),
    });
    return new Host(served, workspace, home);
  },
};

interface Call {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly origin: string | undefined;
  readonly headers: readonly string[];
  readonly body: string;
}

class Host implements Target {
  readonly #host: BrowserHost;
  readonly #workspace: Workspace;
  readonly #home: string;
  readonly #own: string;
  readonly #token: string;

  constructor(served: BrowserHost, workspace: Workspace, home: string) {
    this.#host = served;
    this.#workspace = workspace;
    this.#home = home;
    this.#own = `127.0.0.1:${served.port}`;
    this.#token = served.link.split('#token=')[1];
  }

  async attack({ random }: Attack): Promise<Verdict> {
    const admitted = random.integer(4) === 0;
    const websocket = random.integer(4) === 0;
    const call = this.#draw(random, admitted, websocket);
    const attack = `${admitted ? 'with' : 'without'} a token: ${JSON.stringify(call).slice(0, 300)}`;
    const before = this.#listing();
    const answer = await this.#send(call, websocket ? frames(random) : '', random.integer(5) === 0);
    const judged = this.#judge(call, answer, { admitted, websocket });
    if (judged) return { ...judged, attack };
    if (!admitted && this.#listing() !== before)
      return { outcome: 'lost', attack, found: `the home changed: ${answer}` };
    const alive = await this.#send(this.#plain('/'), '', false);
    if (!alive.startsWith('HTTP/1.1 200')) return { outcome: 'hung', attack, found: `the next visitor got: ${alive}` };
    return { outcome: 'survived', attack };
  }

  async close(): Promise<void> {
    await this.#host.close();
    await this.#workspace.close();
  }

  #plain(path: string): Call {
    return { method: 'GET', path, host: this.#own, origin: undefined, headers: ['Connection: close'], body: '' };
  }

  #judge(
    { host: asked, origin }: Call,
    answer: string,
    { admitted, websocket }: { admitted: boolean; websocket: boolean },
  ): Omit<Verdict, 'attack'> | undefined {
    const found = answer.slice(0, 600);
    if (answer === HANGS) return { outcome: 'hung', found };
    if (/^HTTP\/1\.1 500/.test(answer)) return { outcome: 'misreported', found };
    const trusted = admitted && asked === this.#own && (origin === undefined || origin === `http://${this.#own}`);
    if (trusted) return undefined;
    if (answer.includes(SECRET) || answer.includes(this.#token)) return { outcome: 'lost', found };
    if (websocket && answer.startsWith('HTTP/1.1 101')) return { outcome: 'lost', found };
    if (/"resumption"|set-cookie|access-control-allow/i.test(answer)) return { outcome: 'lost', found };
    return undefined;
  }

  #draw(random: RandomStream, admitted: boolean, websocket: boolean): Call {
    const one = <T>(...choices: readonly T[]): T => choices[random.integer(choices.length)];
    const { port } = this.#host;
    const steps = Array.from({ length: random.integer(5) }, () =>
      one(
        '..',
        '.',
        '',
        '%2e%2e',
        '..%2f',
        '..%5c',
        '\\..',
        'reports',
        'packed',
        'files',
        'abcdefabcdef',
        'x'.repeat(random.integer(3000)),
      ),
    );
    const wanted = one(
      'secret.txt',
      'browser-session',
      'transplant.sqlite',
      'results.csv',
      '',
      'abcdefabcdef.zip',
      'etc/passwd',
    );
    const token = admitted ? this.#token : this.#wrongToken(random);
    const path = websocket
      ? one('/connection', '/connection', '/connection?x', '/other')
      : one(
          `/${[...steps, wanted].join('/')}`,
          `/reports/abcdefabcdef/${wanted}`,
          `/files/${token}/reports/abcdefabcdef/results.csv`,
          '/session',
          '/start',
          `/uploads/a.zip?bytes=${one('1', '-1', '1e9', '9'.repeat(20))}`,
          `/uploads/${one('a.zip', '%ff', '..%2f..%2fx', 'con')}`,
          `/?token=${token}`,
        );
    const shown = one(
      [`Authorization: Bearer ${token}`],
      [`Sec-WebSocket-Protocol: transplant, ${token}`],
      [`Cookie: transplant-${port}=${token}; token=${token}`],
      [],
    );
    // Who has a token shows it as it should be shown.
    const proof = admitted ? [`Authorization: Bearer ${token}`] : shown;
    const upgrade = [
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    ];
    return {
      method: websocket ? 'GET' : one('GET', 'GET', 'GET', 'HEAD', 'PUT', 'POST', 'OPTIONS', 'DELETE', 'TRACE', 'x'),
      path,
      host: one(
        this.#own,
        this.#own,
        this.#own,
        'attacker.example',
        `127.0.0.1:${port + 1}`,
        `${this.#own}, attacker.example`,
      ),
      origin: one(
        undefined,
        `http://${this.#own}`,
        `http://${this.#own}`,
        'http://attacker.example',
        `http://127.0.0.1:${port + 1}`,
        'null',
      ),
      headers: [...proof, ...(websocket ? upgrade : ['Connection: close'])],
      body: one('', '', 'PK', 'x'.repeat(random.integer(20_000))),
    };
  }

  #wrongToken(random: RandomStream): string {
    const at = random.integer(43);
    const other = this.#token[at] === 'x' ? 'y' : 'x';
    const changed = this.#token.slice(0, at) + other + this.#token.slice(at + 1);
    return [changed, '', this.#token.slice(0, at), `${this.#token}x`, 'null', '*'][random.integer(6)];
  }

  /** The answer as it comes, or HANGS where the connection is still open when it should not be. */
  #send(
    { method, path, host: asked, origin, headers, body }: Call,
    more: string | Buffer,
    breaksOff: boolean,
  ): Promise<string> {
    const head = [
      `${method} ${path} HTTP/1.1`,
      `Host: ${asked}`,
      ...(origin === undefined ? [] : [`Origin: ${origin}`]),
      ...headers,
      ...(body === '' ? [] : [`Content-Length: ${body.length}`]),
    ].join('\r\n');
    return new Promise((resolve) => {
      let answer = '';
      const socket: Socket = connect(this.#host.port, '127.0.0.1');
      const timer = setTimeout(() => (socket.destroy(), resolve(HANGS)), PATIENCE);
      socket.setEncoding('latin1').on('data', (text: string) => {
        answer = (answer + text).slice(0, 100_000);
        // A page that was let in stays: its frames are sent, and it leaves.
        if (answer.startsWith('HTTP/1.1 101')) socket.end(more);
      });
      socket.on('error', () => {});
      socket.on('close', () => (clearTimeout(timer), resolve(answer)));
      socket.write(`${head}\r\n\r\n${breaksOff ? body.slice(0, body.length >> 1) : body}`);
      if (breaksOff) socket.end();
    });
  }

  /** Names in the home that a call could have made. */
  #listing(): string {
    const uploads = join(this.#home, 'uploads');
    return JSON.stringify([
      readdirSync(this.#home).filter((name) => !/sqlite/.test(name)),
      existsSync(uploads) ? readdirSync(uploads).length : 0,
    ]);
  }
}

const HANGS = 'no answer, and the connection is open';

/** Bytes of a web socket that break its rules, or the API's. */
function frames(random: RandomStream): Buffer {
  const bytes = Buffer.from(Array.from({ length: 1 + random.integer(200) }, () => random.integer(256)));
  if (random.integer(2) === 0) return bytes;
  // A text frame, masked with nothing.
  const text = bytes.toString('base64');
  return Buffer.concat([
    Buffer.from([0x81, 0x80 | 126, text.length >> 8, text.length & 255, 0, 0, 0, 0]),
    Buffer.from(text),
  ]);
}
