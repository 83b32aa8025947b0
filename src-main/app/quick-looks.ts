import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type QuickLook, quickLookSchema } from '../common/results/quick-look.ts';
import { UserError } from '../errors.ts';
import type { PredictWatch } from './predictions.ts';
import type { Home } from './opened-home.ts';
import { planRequest } from './planning/plan-request.ts';
import type { RequestedStudy } from './planning/request.ts';
import { presentImages } from './stored/study.ts';
import { runTask } from './tasks/run-task.ts';

/** The setting that has the newest looks, the last one last. */
const SETTING = 'quick-looks';
const REMEMBERED = 20;
/** Looks of an older version of the rules by which images are drawn and measured are not shown. */
const VERSION = 1;

const rememberedSchema = z.array(z.object({ key: z.string(), look: quickLookSchema }));

/** The look at the network and the images of a request that is remembered, if there is one. Throws a UserError where it can't be planned. */
export function rememberedLook(home: Home, request: RequestedStudy): QuickLook | undefined {
  const wanted = wantedLook(home, request);
  return wanted && remembered(home).find(({ key }) => key === wanted.key)?.look;
}

/**
 * Looks at the network of a file that a request names on the request's images, in a process of its own, and remembers what was
 * found: the second time it is there at once. Throws Cancelled, and a UserError where the request names no such network or its images are not there.
 */
export async function takeLook(
  home: Home,
  request: RequestedStudy,
  { signal, onProgress }: PredictWatch,
): Promise<QuickLook> {
  const wanted = wantedLook(home, request);
  if (!wanted)
    throw new UserError('A quick look needs a network that is trained: choose one from a file, as the source.', {
      usage: true,
    });
  const { key, data, ...task } = wanted;
  const known = remembered(home).find((one) => one.key === key);
  if (known) return known.look;
  const { folder } = presentImages(home, data);
  const look = await runTask(
    { type: 'quick-look', ...task, set: join(home.home, 'data', folder), threads: availableParallelism() },
    { signal, onProgress },
  );
  const kept = [...remembered(home).filter((one) => one.key !== key), { key, look }].slice(-REMEMBERED);
  home.store.setSetting(SETTING, JSON.stringify(kept));
  return look;
}

/** What decides a look, and its key; undefined where the request's network is not a file's. */
function wantedLook({ home, store }: Home, request: RequestedStudy) {
  if (!request.pretrained?.head) return undefined;
  const { protocol, plan } = planRequest({ home, store }, request);
  const { name: _, training, ...graph } = protocol.network;
  const { pixels, imageSize } = training;
  const { sha256 } = request.pretrained;
  const { b: classes } = plan.replicates[0].split;
  const { id: data } = protocol.data;
  const decides = { version: VERSION, sha256, graph, pixels, imageSize, classes, data };
  return {
    key: createHash('sha256').update(JSON.stringify(decides)).digest('hex'),
    data,
    classes,
    network: { home, sha256, spec: protocol.network },
  };
}

function remembered({ store }: Home): z.infer<typeof rememberedSchema> {
  const text = store.setting(SETTING);
  if (text === undefined) return [];
  const known = rememberedSchema.safeParse(JSON.parse(text));
  return known.success ? known.data : [];
}
