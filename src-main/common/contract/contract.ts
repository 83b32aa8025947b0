import type { ContractRouterClient } from '@orpc/contract';
import { z } from 'zod';
import { bin } from './bin.ts';
import { engine } from './engine.ts';
import { home } from './home.ts';
import { images } from './images.ts';
import { layers } from './layers.ts';
import { networks } from './networks.ts';
import { bytes, procedure } from './procedure.ts';
import { queue } from './queue.ts';
import { runs } from './runs.ts';
import { settings } from './settings.ts';
import { studies } from './studies.ts';

const figures = {
  /** Converts a figure, given as the SVG file that is saved, to a PNG file for print, as in the report. */
  png: procedure.input(z.object({ svg: z.string().min(1).max(1_500_000) })).output(z.object({ content: bytes })),
};

/**
 * Every call and stream between main and renderer. Main implements the contract (`api/handlers`), and the renderer's client
 * has its type, so that a call that is not here does not compile on either side.
 */
export const contract = { home, images, networks, studies, queue, bin, figures, runs, layers, engine, settings };

/** The type of the renderer's client. */
export type Api = ContractRouterClient<typeof contract>;
