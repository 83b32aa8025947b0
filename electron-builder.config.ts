import { Arch, type AfterPackContext, type Configuration } from 'electron-builder';
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { bundlesOf } from './packaging/bundles.ts';
import { NATIVE, PACKAGES_OF_MAIN, PACKAGES_OF_PROCESSES } from './packaging/packages.ts';

/** What the study reads beside its code. */
const TABLES = ['report.css', 'yosinski2014-runs.csv'];

const CHILDREN = [
  'engine/trainer/child.ts',
  'app/tasks/child.ts',
  'data/import/decoder-child.ts',
  'app/doctor/trial.ts',
  'engine/onnx/gpu/adapter-child.ts',
  'store/checkpoint-thread.ts',
  'data/dead-leaves/painter-thread.ts',
].map((file) => `src-main/${file}`);

/**
 * The package: `npm run package`, on the platform that it is for. Everything is named that gets in (test/package lists what
 * did). `app.asar` holds what Electron runs; `processes` beside it is what plain Node runs, and plain Node itself, which
 * can't read the archive: the program's own chunks that both need are in both.
 */
export default {
  appId: 'org.transplant.Transplant',
  productName: 'Transplant',
  copyright: 'MIT licence',
  directories: { output: 'out/package', buildResources: 'resources' },
  // For deb and rpm, which want one.
  extraMetadata: { homepage: 'https://arxiv.org/abs/1411.1792' },
  publish: null,

  // Nothing is compiled, and packages are named below.
  beforeBuild: () => Promise.resolve(false),
  beforePack: refuseOtherPlatforms,
  afterPack: finishProcesses,
  files: [
    'package.json',
    { from: 'out/main', to: 'out/main', filter: bundlesOf('src-main/index.ts') },
    { from: 'out/preload', to: 'out/preload', filter: ['preload.cjs'] },
    { from: 'out/renderer', to: 'out/renderer', filter: ['index.html', 'licences.txt', 'sbom.json', 'assets/*'] },
    { from: 'resources', to: 'resources', filter: TABLES },
    { from: 'node_modules', to: 'node_modules', filter: PACKAGES_OF_MAIN },
  ],
  // Nothing beside: a whole package of which one file is native would be.
  asar: { smartUnpack: false },
  asarUnpack: ['**/*.node'],
  extraResources: [
    { from: 'out/main', to: 'processes/out/main', filter: bundlesOf(...CHILDREN) },
    { from: 'resources', to: 'processes/resources', filter: [...TABLES, 'fonts/*'] },
    { from: 'node_modules', to: 'processes/node_modules', filter: PACKAGES_OF_PROCESSES },
  ],
  electronFuses: {
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
    grantFileProtocolExtraPrivileges: false,
  },

  // The home folder is not the installation's: no uninstaller touches it.
  nsis: { oneClick: false, allowToChangeInstallationDirectory: true, deleteAppDataOnUninstall: false },
  fileAssociations: [
    {
      ext: 'transplant',
      name: 'Transplant study',
      description: 'A study of Transplant: its protocol, results and networks',
      mimeType: 'application/x-transplant-study',
      role: 'Editor',
    },
  ],
  artifactName: '${productName}-${version}-${os}-${arch}.${ext}',
  linux: {
    target: ['AppImage', 'deb', 'rpm'],
    executableName: 'transplant',
    icon: 'resources/icons',
    category: 'Education;Science;ArtificialIntelligence',
    synopsis: 'How transferable are learned features?',
    maintainer: 'Transplant',
  },
  win: { target: ['nsis', 'zip'], icon: 'resources/icon.ico' },
  mac: {
    target: ['dmg', 'zip'],
    icon: 'resources/icon.icns',
    category: 'public.app-category.education',
    hardenedRuntime: true,
    entitlements: 'resources/entitlements.mac.plist',
    entitlementsInherit: 'resources/entitlements.mac.plist',
  },
} satisfies Configuration;

function refuseOtherPlatforms({
  electronPlatformName,
  arch,
}: Pick<AfterPackContext, 'electronPlatformName' | 'arch'>): Promise<void> {
  const wanted = `${electronPlatformName}-${Arch[arch]}`;
  const here = `${process.platform}-${process.arch}`;
  if (wanted === here) return Promise.resolve();
  throw new Error(`npm has installed native code for ${here}: package for ${wanted} on a machine of that kind.`);
}

/**
 * Native code is there, which electron-builder does not tell: a pattern that finds nothing is no error to it. And both
 * programs have a package.json, which it would take out of the archive if it were named as an extra resource.
 */
function finishProcesses({ appOutDir, packager }: AfterPackContext): Promise<void> {
  const processes = join(packager.getResourcesDir(appOutDir), 'processes');
  copyFileSync(join(packager.projectDir, 'package.json'), join(processes, 'package.json'));
  const missing = NATIVE.filter((file) => !existsSync(join(processes, 'node_modules', file)));
  if (missing.length === 0) return Promise.resolve();
  throw new Error(`Transplant can't be packaged here: ${missing.join(', ')} missing below node_modules.`);
}
