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
 * Every call and stream between main and renderer. Main implements the contract (router.ts), and the renderer's client
 * has its type, so that a call that is not here does not compile on either side.
 */
export const contract = { home, images, networks, studies, figures, runs, layers, engine };

/** The type of the renderer's client. */
export type Api = ContractRouterClient<typeof contract>;
