import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A graphics card of NVIDIA that this process may use. */
export interface Card {
  /** What CUDA_VISIBLE_DEVICES calls it, where it alone is to be seen. */
  readonly id: string;
  readonly name: string;
}

const MOST_CARDS = 64;

/**
 * The cards that CUDA has here, without any that CUDA_VISIBLE_DEVICES hides; empty where there are none. They are called by
 * their UUID, because CUDA numbers them in another order than the driver does.
 */
export async function nvidiaCards(environment: NodeJS.ProcessEnv = process.env): Promise<Card[]> {
  const all = await installed(environment);
  const visible = environment.CUDA_VISIBLE_DEVICES;
  if (visible === undefined || all.length === 0) return all.map(({ uuid, name }) => ({ id: uuid, name }));
  return visible
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '' && word !== '-1')
    .slice(0, MOST_CARDS)
    .map((id) => ({ id, name: all.find(({ index, uuid }) => index === id || uuid.startsWith(id))?.name ?? id }));
}

async function installed(env: NodeJS.ProcessEnv): Promise<{ index: string; uuid: string; name: string }[]> {
  try {
    const words = ['--query-gpu=index,uuid,name', '--format=csv,noheader'];
    const { stdout } = await promisify(execFile)('nvidia-smi', words, { env, timeout: 20_000 });
    return stdout
      .split('\n')
      .map((line) => line.split(',').map((part) => part.trim().slice(0, 200)))
      .flatMap(([index, uuid, name]) => (name ? [{ index, uuid, name }] : []))
      .slice(0, MOST_CARDS);
  } catch {
    return [];
  }
}
