import { execFile } from 'node:child_process';
import { UserError } from '../../../errors.ts';
import { executable } from '../../../process/executable.ts';

/** The device that WebGPU computes with. */
export interface Adapter {
  readonly name: string;
  /** `software`: the processor does a graphics card's work, slowly. `unknown`: this platform does not say. */
  readonly kind: 'hardware' | 'software' | 'unknown';
}

/** SwiftShader, Mesa's llvmpipe and softpipe, Microsoft's WARP. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|warp|basic render|software/i;

const PATIENCE = 60_000;
const ADVICE = 'Install the driver of the graphics card and ask "transplant doctor", or take the engine onnx.';

/**
 * Finds WebGPU's adapter, in a process of its own, because a driver may crash the process that loads it. onnxruntime-node does
 * not tell which adapter it uses; on Linux Vulkan's loader logs it, when asked to. UserError where there is none.
 */
export function findAdapter(environment: NodeJS.ProcessEnv = process.env): Promise<Adapter> {
  const { node, entry } = executable('adapter');
  const env = { ...environment, VK_LOADER_DEBUG: 'all' };
  const options = { env, timeout: PATIENCE, killSignal: 'SIGKILL', maxBuffer: 2 ** 26, encoding: 'utf8' } as const;
  return new Promise((resolve, reject) => {
    execFile(node, ['--disable-warning=ExperimentalWarning', entry], options, (error, _stdout, stderr) => {
      if (!error) resolve(adapterOf(stderr));
      else reject(new UserError(`WebGPU does not work here: ${reasonOf(error, stderr)}. ${ADVICE}`, { cause: error }));
    });
  });
}

/** The adapter that is used, from the log of Vulkan's loader. */
export function adapterOf(log: string, platform: NodeJS.Platform = process.platform): Adapter {
  // Metal has no adapter in software.
  if (platform === 'darwin') return { name: 'Metal', kind: 'hardware' };
  if (platform === 'win32') return { name: 'Direct3D 12', kind: 'unknown' };
  const name = log.match(/Using "(.+?)" with driver/)?.[1] ?? log.match(/\[0\] (.+?)\s*$/m)?.[1];
  if (name === undefined) return { name: 'Vulkan', kind: 'unknown' };
  return { name, kind: SOFTWARE.test(name) ? 'software' : 'hardware' };
}

function reasonOf({ killed, signal }: { killed?: boolean; signal?: string | null }, log: string): string {
  if (killed) return `nothing answered within ${PATIENCE / 1000} seconds`;
  if (signal) return `its driver ended the process with ${signal}`;
  if (/Failed to get a WebGPU adapter/.test(log)) return 'no graphics card was found, or no driver of one';
  return 'it refused a graph of one operator';
}

/** `SwiftShader Device (Subzero), software` */
export const adapterText = ({ name, kind }: Adapter): string => (kind === 'software' ? `${name}, software` : name);
