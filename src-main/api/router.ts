import { engineHandlers } from './handlers/engine.ts';
import { figureHandlers } from './handlers/figures.ts';
import { homeHandlers } from './handlers/home.ts';
import { imageHandlers } from './handlers/images.ts';
import { layerHandlers } from './handlers/layers.ts';
import { networkHandlers } from './handlers/networks.ts';
import { runHandlers } from './handlers/runs.ts';
import { studyHandlers } from './handlers/studies.ts';
import { api } from './implement.ts';

/** The handlers of all procedures of the contract. This does not compile if one is missing. */
export const router = api.router({
  home: homeHandlers,
  images: imageHandlers,
  networks: networkHandlers,
  studies: studyHandlers,
  figures: figureHandlers,
  runs: runHandlers,
  layers: layerHandlers,
  engine: engineHandlers,
});
