/** What may be in a package for this platform, by where it is. Whatever matches nothing here is unexpected. */

const here = `${process.platform}-${process.arch}`;
const SCRIPT = String.raw`[\w-]+\.(js|cjs|mjs)`;

const paths = (...patterns: (string | RegExp)[]): RegExp =>
  new RegExp(`^(${patterns.map((one) => (typeof one === 'string' ? RegExp.escape(one) : one.source)).join('|')})$`);

const TABLES = ['resources/report.css', 'resources/yosinski2014-runs.csv'];
const BUNDLES = /out\/main\/[\w-]+\.js/;
const DATABASE = new RegExp(`node_modules/better-sqlite3/(package\\.json|lib/(methods/)?${SCRIPT})`);
export const DATABASE_LIBRARY = `node_modules/better-sqlite3/prebuilds/${here}.node`;

export const IN_ARCHIVE = paths(
  'package.json',
  ...TABLES,
  BUNDLES,
  'out/preload/preload.cjs',
  'out/renderer/index.html',
  'out/renderer/licences.txt',
  'out/renderer/sbom.json',
  /out\/renderer\/assets\/[\w-]+\.(js|css|svg|png|woff2)/,
  DATABASE,
  DATABASE_LIBRARY,
  new RegExp(`node_modules/(env-paths|is-safe-filename)/(package\\.json|${SCRIPT})`),
);

export const IN_PROCESSES = paths(
  'package.json',
  ...TABLES,
  /resources\/fonts\/(DejaVuSans(-Bold)?\.ttf|LICENCE\.txt)/,
  BUNDLES,
  DATABASE,
  new RegExp(`node_modules/sharp/(package\\.json|dist/${SCRIPT})`),
  new RegExp(`node_modules/@img/(colour|sharp-${here})/(package\\.json|${SCRIPT})`),
  new RegExp(`node_modules/@img/sharp-libvips-${here}/(package\\.json|lib/index\\.js)`),
  /node_modules\/@cornerstonejs\/codec-libjpeg-turbo-8bit\/(package\.json|dist\/libjpegturbowasm_decode\.(js|wasm))/,
  new RegExp(`node_modules/detect-libc/(package\\.json|lib/${SCRIPT})`),
  new RegExp(`node_modules/semver/(package\\.json|((classes|functions|internal|ranges)/)?${SCRIPT})`),
  new RegExp(`node_modules/onnxruntime-common/(package\\.json|dist/cjs/(package\\.json|${SCRIPT}))`),
  new RegExp(`node_modules/onnxruntime-node/(package\\.json|dist/${SCRIPT})`),
  'node_modules/node/package.json',
);

/** All native code that plain Node runs, and Node itself; without versions. */
export const NATIVE = [
  DATABASE_LIBRARY,
  `node_modules/@img/sharp-${here}/lib/sharp-${here}.node`,
  `node_modules/@img/sharp-libvips-${here}/lib/libvips-cpp.so`,
  'node_modules/node/bin/node',
  `node_modules/onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}/libonnxruntime.so`,
  `node_modules/onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`,
];

export const withoutVersion = (path: string): string =>
  path.replace(/-\d[\d.]*(?=\.node$)/, '').replace(/(?<=\.so)[.\d]+$/, '');

/** Never, wherever it is: sources, what is for developers, documentation. */
export const UNWANTED =
  /\.(d\.[cm]?ts|[cm]?ts|map|md|svelte|c|cc|cpp|h|hpp|gyp|gypi|a|o|tgz|yml|yaml)$|(^|\/)(tests?|docs?|examples?|src|scripts?)\//i;
