import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';

/** As a person chooses a file in the dialog of the card's button. */
export async function chooseFile(card: Locator, file: string): Promise<void> {
  const [chooser] = await Promise.all([
    card.page().waitForEvent('filechooser'),
    card.getByRole('button', { name: /^Choose/ }).click(),
  ]);
  await chooser.setFiles(file);
}

/** Writes a file of these bytes, and returns its path. */
export function fileOf(folder: string, name: string, bytes: Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return file;
}
