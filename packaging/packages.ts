/**
 * npm packages that the package holds as they are; every other one is bundled into `out`. These have native code, or files
 * of their own that they look for.
 *
 * A package is built on the platform that it is for: npm has installed native code for this one.
 */
const { platform, arch } = process;
const here = `${platform}-${arch}`;
const windows = platform === 'win32';

const DATABASE = [
  'better-sqlite3/package.json',
  'better-sqlite3/lib/*.js',
  'better-sqlite3/lib/methods/*.js',
  '!better-sqlite3/lib/{linux,linuxmusl,darwin,win32}-*.js',
  `better-sqlite3/prebuilds/${here}.node`,
];

const IMAGES = [
  'sharp/package.json',
  'sharp/dist/*.{cjs,mjs}',
  '@img/colour/package.json',
  '@img/colour/*.cjs',
  'detect-libc/package.json',
  'detect-libc/lib/*.js',
  'semver/package.json',
  'semver/*.js',
  'semver/{classes,functions,internal,ranges}/*.js',
  `@img/sharp-${here}/package.json`,
  `@img/sharp-${here}/index.cjs`,
  `@img/sharp-${here}/lib/*`,
  `@img/sharp-libvips-${here}/package.json`,
  `@img/sharp-libvips-${here}/lib/*`,
];

const JPEG = [
  '@cornerstonejs/codec-libjpeg-turbo-8bit/package.json',
  '@cornerstonejs/codec-libjpeg-turbo-8bit/dist/libjpegturbowasm_decode.{js,wasm}',
];

const ENGINE = [
  'onnxruntime-common/package.json',
  'onnxruntime-common/dist/cjs/package.json',
  'onnxruntime-common/dist/cjs/*.js',
  'onnxruntime-node/package.json',
  'onnxruntime-node/dist/*.js',
  `onnxruntime-node/bin/napi-v6/${platform}/${arch}/*`,
  // The same library a second time, by a name that nobody asks for.
  '!onnxruntime-node/bin/**/libonnxruntime.1.*.*.dylib',
];

const NODE = windows ? 'node/bin/node.exe' : 'node/bin/node';

/** Files with native code for this platform, without which there is no package. */
export const NATIVE = [
  NODE,
  `better-sqlite3/prebuilds/${here}.node`,
  `onnxruntime-node/bin/napi-v6/${platform}/${arch}/onnxruntime_binding.node`,
  `@img/sharp-${here}/lib`,
];

/** Patterns below node_modules of what main loads, from inside of the archive. */
export const PACKAGES_OF_MAIN = [
  ...DATABASE,
  // It looks for the user's folder while it is loaded: main loads it late.
  'env-paths/{package.json,index.js}',
  'is-safe-filename/{package.json,index.js}',
];

/** The same of plain Node: itself, and what the processes that it runs load. */
export const PACKAGES_OF_PROCESSES = [...DATABASE, ...IMAGES, ...JPEG, ...ENGINE, 'node/package.json', NODE];

/** Names of all packages that are held as they are. */
export const PACKED = new Set(
  [...PACKAGES_OF_MAIN, ...PACKAGES_OF_PROCESSES]
    .filter((pattern) => !pattern.startsWith('!'))
    .map((pattern) => /^(@[^/]+\/)?[^/]+/.exec(pattern)![0]),
);

/** What bundles leave to be found at run time. TensorFlow is not in the package: its engine is for those who install it. */
export const LEFT_OUT = new RegExp(`^(${[...PACKED, '@tensorflow'].join('|')})(/|$)`);
