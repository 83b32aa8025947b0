import { bindingPackage, PLATFORM, type Installation } from '../../src-main/engine/tensorflow/installation.ts';

/** A record as `engine add` writes it, of nothing. */
export const madeUpInstallation: Installation = {
  tensorflow: '2.21.0',
  wheel: 'tensorflow-cpu',
  gpu: false,
  platform: PLATFORM,
  bindingVersion: bindingPackage().version,
  madeWith: ['Python 3.11.7', 'g++ 12.2.0'],
  files: {},
};
