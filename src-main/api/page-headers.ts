/**
 * The hash of the `<style>` that Observable Plot puts into each chart, which is constant while its class name is the
 * default one. test/api/pages.test.ts draws a chart and compares.
 */
const PLOT_STYLE = "'sha256-jSYQUrW7J0b3jPqhZP9C2Xh1PyJKHKXd4s0fpGGKrww='";

const NOWHERE = { 'base-uri': "'none'", 'form-action': "'none'", 'frame-ancestors': "'none'" };

/** The security headers of every answer. */
const ALWAYS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=()',
};

/**
 * Headers of the window's own files: scripts and styles only of this origin, nothing evaluated, nothing inline.
 *
 * @param sockets origins of web sockets such as `ws://127.0.0.1:4000`, which not every browser counts as 'self'
 */
export function pageHeaders(sockets: readonly string[] = []): Record<string, string> {
  return {
    ...ALWAYS,
    'content-security-policy': policy({
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': `'self' ${PLOT_STYLE}`,
      'img-src': "'self' blob: data:",
      'connect-src': ["'self'", ...sockets].join(' '),
      'font-src': "'self'",
      'worker-src': "'none'",
      ...NOWHERE,
    }),
  };
}

/** Headers of a report's files. A report has no scripts, and none may run, because it has names that others chose. */
export function reportHeaders(): Record<string, string> {
  return {
    ...ALWAYS,
    'content-security-policy': policy({
      'default-src': "'none'",
      'style-src': "'unsafe-inline'",
      'img-src': 'data:',
      sandbox: '',
      ...NOWHERE,
    }),
  };
}

function policy(directives: Record<string, string>): string {
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`.trim())
    .join('; ');
}
