import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trainedHome } from '../api/in-memory.ts';

const TRANSPLANT = fileURLToPath(new URL('../../src-main/cli/transplant.js', import.meta.url));

// Processes that load everything: seconds on a quiet machine, minutes on one that is busy with other things.
describe('layers on the command line, of a study that was trained', { timeout: 240_000 }, () => {
  let home: string;
  let set: string;
  let study: string;
  const cwd = mkdtempSync(join(tmpdir(), 'transplant-layers-'));

  beforeAll(async () => {
    ({ home, set, study } = await trainedHome());
  }, 120_000);
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  /** What the real program says, in a process of its own. */
  const transplant = (...words: string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      execFile(process.execPath, [TRANSPLANT, ...words, '--home', home], { cwd }, (error, stdout, stderr) => {
        resolve({ code: Number(error?.code ?? 0), stdout, stderr });
      });
    });
  async function lines(...words: string[]): Promise<Record<string, unknown>[]> {
    const { stdout, ...rest } = await transplant(...words, '--json');
    expect(rest).toEqual({ code: 0, stderr: '' });
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  it('each layer is a line with its numbers, and then what was looked at', async () => {
    const [conv1, fc2, fc3, look, ...more] = await lines('layers', `${study.slice(0, 6)}/A1B`);
    expect(more).toEqual([]);
    expect(conv1).toMatchObject({
      ...{ type: 'layer', kind: 'conv', n: 1, name: 'conv1', units: 4, window: 3, origin: 'frozen', source: 'baseA' },
      ...{ silent: expect.any(Number), constant: expect.any(Number), share: expect.any(Number) },
    });
    expect([fc2, fc3]).toMatchObject([
      { kind: 'dense', units: 16, window: 8, origin: 'learned' },
      { kind: 'dense', units: 2, window: 8, origin: 'learned' },
    ]);
    // Colours are told apart: its outputs agree on classes as no chance does.
    const chance = look.chance as { share: number; ofA: number };
    expect(look).toMatchObject({ type: 'layers-look', set, among: 80, asked: 9, chance: { ofA: 0.5 } });
    expect(fc3.share).toBeGreaterThan(chance.share + 0.2);
    // In words, the same numbers.
    const { stdout } = await transplant('layers', `${study}/A1B`);
    expect(stdout).toMatch(/^1 +conv1 +4 +3x3 +baseA, frozen /m);
    expect(stdout).toMatch(/^ +chance /m);
    expect(stdout).toContain('Of 80 images of the study');
  });

  it('units are lines, and one unit has the images that excite it most, and pictures', async () => {
    const units = await lines('layers', `${study}/baseA`, '--layer', '3');
    expect(units).toMatchObject([1, 2].map((unit) => ({ type: 'unit', layer: 3, unit, state: 'answers' })));
    const one = await lines('layers', `${study}/baseA`, '--layer', '3', '--unit', '2', '--out', 'pictures');
    const { files, ...about } = one.pop()!;
    const { response: best, ...unit } = units[1];
    expect(about).toEqual(unit);
    expect(one).toHaveLength(24);
    expect(one[0]).toMatchObject({ type: 'exciting-image', layer: 3, unit: 2, class: units[1].class });
    const answers = one.map(({ response }) => response as number);
    expect(answers).toEqual(answers.toSorted((a, b) => b - a));
    expect(answers[0]).toBe(best);
    expect(files).toEqual(['images', 'wishes'].map((what) => join(cwd, 'pictures', `layer3-unit2-${what}.png`)));
    expect(readdirSync(join(cwd, 'pictures')).toSorted()).toEqual([
      'layer3-unit2-images.png',
      'layer3-unit2-wishes.png',
    ]);
    // Six windows beside each other, in four rows, each of 8 pixels eight times enlarged; four beginnings.
    const sizes = await Promise.all((files as string[]).map(async (file) => sharp(file).metadata()));
    expect(sizes.map(({ width, height }) => [width, height])).toEqual([
      [6 * 65 + 1, 4 * 65 + 1],
      [4 * 65 + 1, 65 + 1],
    ]);
  });

  it('are in the report with --layers, and not without', async () => {
    const [plain] = await lines('study', 'report', study, '--out', 'plain');
    expect((plain.files as string[]).filter((file) => /^layers?[-.]/.test(basename(file)))).toEqual([]);
    const [whole] = await lines('study', 'report', study, '--out', 'whole', '--layers');
    expect(whole.files).toEqual(expect.arrayContaining([join(cwd, 'whole', 'layer-selectivity-A1B.png')]));
    expect(readFileSync(join(cwd, 'whole', 'report.html'), 'utf8')).toContain('What excites the layers');
    expect(readFileSync(join(cwd, 'plain', 'report.html'), 'utf8')).not.toContain('What excites the layers');
  });
});
