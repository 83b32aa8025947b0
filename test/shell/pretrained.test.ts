import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { prepareHome } from '../../src-main/app/home.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { initialWeights } from '../../src-main/network/weights.ts';
import { openStore } from '../../src-main/store/open.ts';
import { safetensors } from '../pretrained/pretrained-file.ts';
import { describeShell } from './fixture.ts';

describeShell('a pretrained network in the window', (surroundings) => {
  afterEach(surroundings.endAll);

  it('is chosen in a dialog of the system', { timeout: 180_000 }, async () => {
    const network = resolveNetwork(BUILT_IN_NETWORKS.get('alexnet-32-small')!, 2);
    const file = join(surroundings.folder, 'theirs.safetensors');
    writeFileSync(file, safetensors(initialWeights(network, 'theirs')));
    const home = join(surroundings.folder, 'home');
    prepareHome(home);
    const store = openStore(join(home, 'transplant.sqlite'));
    store.setSetting('draft', JSON.stringify({ set: 'dead-leaves', preset: 'smoke', splitSeed: 1 }));
    store.close();
    const shell = await surroundings.start();
    const page = await surroundings.pageOf(shell);
    await shell.evaluate(({ dialog }, chosen) => {
      dialog.showOpenDialog = (async () => ({ canceled: false, filePaths: [chosen] })) as never;
    }, file);
    await page.evaluate(() => (location.hash = '#/study'));
    const card = page.getByRole('group', { name: 'A pretrained network as A' });
    await card.getByRole('button', { name: 'Choose file' }).click();
    await card.getByText(/^Its first 7 layers fit alexnet-32-small: conv1 to .*\. So n goes from 1 to 7\.$/).waitFor();
    expect(await card.getByText('theirs.safetensors').count()).toBe(1);
  });
});
