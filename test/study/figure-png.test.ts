import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { UserError } from '../../src-main/errors.ts';
import { figurePng, mosaicPrint } from '../../src-main/study/report/figure-png.ts';

const figure = (family: string, weight = 'normal') =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="48" viewBox="0 0 96 48"><text x="8" y="32" font-family="${family}" font-weight="${weight}" font-size="20">n − 5°</text></svg>`;

async function darkness(png: Buffer): Promise<number> {
  const { data } = await sharp(png).greyscale().raw().toBuffer({ resolveWithObject: true });
  return data.reduce((sum, value) => sum + (255 - value), 0) / 255;
}

it('a figure is printed at 300 dots an inch, at the size that it is drawn at', async () => {
  expect(await sharp(await figurePng(figure('sans-serif'))).metadata()).toMatchObject({
    ...{ format: 'png', width: 300, height: 150, density: 300, hasAlpha: false },
  });
});

it('text is lettered in our own font, whatever is asked for and whatever the machine has', async () => {
  const plain = await figurePng(figure('DejaVu Sans'));
  expect(await darkness(plain)).toBeGreaterThan(1000);
  expect((await figurePng(figure('system-ui, sans-serif'))).equals(plain)).toBe(true);
  expect((await figurePng(figure('DejaVu Serif'))).equals(plain)).toBe(true);
  expect(await darkness(await figurePng(figure('DejaVu Sans', 'bold')))).toBeGreaterThan(1.1 * (await darkness(plain)));
  // A machine on which fontconfig is told of no font at all.
  const out = join(mkdtempSync(join(tmpdir(), 'figure-')), 'figure.png');
  const program = `
    const { figurePng } = await import(${JSON.stringify(new URL('../../src-main/study/report/figure-png.ts', import.meta.url).href)});
    const { writeFileSync } = await import('node:fs');
    writeFileSync(${JSON.stringify(out)}, await figurePng(${JSON.stringify(figure('system-ui'))}));`;
  execFileSync('node', ['--input-type=module', '--eval', program], {
    env: { ...process.env, FONTCONFIG_FILE: '/nowhere', FONTCONFIG_PATH: '/nowhere', HOME: '/nowhere' },
    stdio: 'pipe',
  });
  expect(readFileSync(out).equals(plain)).toBe(true);
});

it('what is no drawing, or would fill the memory, is refused in a sentence', async () => {
  const huge = '<svg xmlns="http://www.w3.org/2000/svg" width="90000" height="90000"/>';
  for (const svg of ['', 'no drawing', '<svg', huge]) {
    const refusal = figurePng(svg);
    await expect(refusal).rejects.toBeInstanceOf(UserError);
    await expect(refusal).rejects.toThrow(/^This figure can't be converted to PNG: /);
  }
});

it('a ground of its own stays, as of a dark figure', async () => {
  const dark =
    '<svg xmlns="http://www.w3.org/2000/svg" width="48" height="48"><rect width="100%" height="100%" fill="#1d2126"/></svg>';
  const { data } = await sharp(await figurePng(dark))
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect([...data.subarray(0, 3)]).toEqual([0x1d, 0x21, 0x26]);
});

it('filters are enlarged whole pixel by whole pixel', async () => {
  const pixels = Uint8Array.of(255, 0, 0, 0, 0, 255);
  const png = await mosaicPrint({ width: 2, height: 1, pixels });
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height, info.channels]).toEqual([8, 4, 3]);
  expect([...data.subarray(0, 24)]).toEqual(
    [1, 1, 1, 1, 2, 2, 2, 2].flatMap((one) => (one === 1 ? [255, 0, 0] : [0, 0, 255])),
  );
  expect((await sharp(png).metadata()).density).toBe(384);
});
