import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where Debian's chromium, or another that is named, keeps its SwiftShader: Vulkan that computes on the processor. */
const FOLDERS = ['/usr/lib/chromium', ...(process.env.CHROMIUM ? [folderOf(process.env.CHROMIUM)] : [])];

/** What a process is started with so that WebGPU finds SwiftShader, and nothing else; undefined where there is none. */
export function softwareAdapter(): NodeJS.ProcessEnv | undefined {
  const folder = FOLDERS.find((each) => existsSync(join(each, ICD)) && existsSync(join(each, 'libvulkan.so.1')));
  if (folder) return { ...process.env, VK_ICD_FILENAMES: join(folder, ICD), LD_LIBRARY_PATH: folder };
  process.stderr.write(
    'Not tried: onnx on WebGPU. There is no SwiftShader here; Debian’s package chromium brings it.\n',
  );
  return undefined;
}

const ICD = 'vk_swiftshader_icd.json';

function folderOf(file: string): string {
  return existsSync(file) ? dirname(realpathSync(file)) : '/';
}
