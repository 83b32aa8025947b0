import type { ContractRouterClient } from '@orpc/contract';
import { engine } from './contract/engine.ts';
import { figures } from './contract/figures.ts';
import { home } from './contract/home.ts';
import { images } from './contract/images.ts';
import { layers } from './contract/layers.ts';
import { networks } from './contract/networks.ts';
import { runs } from './contract/runs.ts';
import { studies } from './contract/studies.ts';

/**
 * Every call and stream between main and renderer, once: main implements it (router.ts), the renderer's client has its
 * type. What isn't here does not compile on either side.
 */
export const contract = { home, images, networks, studies, figures, runs, layers, engine };

/** The renderer's side. */
export type Api = ContractRouterClient<typeof contract>;
