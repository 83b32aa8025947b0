/** The token is kept where pages of this address and port find it, and no other server does; see src-main/host/keys.ts. */
const STORED = 'token';

/** What the host gives who has the token. */
interface Keys {
  readonly resumption: string;
  readonly files: string;
}

/** The host's own sentence for a page that it does not let in. */
export class Refusal extends Error {}

/** What lets this page in where it is shown in a browser. In Electron's window nothing of it is used. */
class Access {
  /** In memory alone, so that nobody who takes the port over can read the key of the next starts. */
  #keys = $state.raw<Keys>();

  /** Takes the token of each link that this page is opened by. */
  watchLinks(): void {
    this.#readLink();
    window.addEventListener('hashchange', () => this.#readLink());
  }

  /** Takes the token out of the address, where it would be in the history and on the screen. */
  #readLink(): void {
    const [, token] = /^#token=([\w-]{43})$/.exec(location.hash) ?? [];
    if (token === undefined) return;
    localStorage.setItem(STORED, token);
    history.replaceState(null, '', location.pathname);
  }

  get #token(): string {
    return localStorage.getItem(STORED) ?? '';
  }

  /** The header of a request. */
  get authorization(): string {
    return `Bearer ${this.#token}`;
  }

  /**
   * Shows the token, or where Transplant was started again the next one, and returns it. Throws a Refusal; a TypeError
   * where nobody answers.
   */
  async enter(): Promise<string> {
    let answer = await this.#ask();
    if (answer.status === 403 && this.#keys) {
      await resume(this.#keys.resumption);
      answer = await this.#ask();
    }
    if (!answer.ok) throw new Refusal(((await answer.json()) as { sentence: string }).sentence);
    this.#keys = (await answer.json()) as Keys;
    return this.#token;
  }

  #ask(): Promise<Response> {
    return fetch('/session', { headers: { authorization: this.authorization } });
  }

  /** Where a link leads for a file of main: `/reports/...` or `/packed/...`. */
  fileAddress(path: string): string {
    return window.transplant ? path : `/files/${this.#keys?.files}${path}`;
  }
}

/** Works the next token out for this address, and only for it. Browsers have the means at loopback and with https alone. */
async function resume(resumption: string): Promise<void> {
  const { start } = (await (await fetch('/start')).json()) as { start: unknown };
  if (typeof start !== 'string' || !/^[\w-]{43}$/.test(start) || !window.isSecureContext) return;
  const bytes = (text: string) => new TextEncoder().encode(text);
  const hash = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', bytes(resumption), hash, false, ['sign']);
  const signature = new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes(`${start} ${location.host}`)));
  const token = btoa(String.fromCharCode(...signature))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace('=', '');
  localStorage.setItem(STORED, token);
}

export const access = new Access();
