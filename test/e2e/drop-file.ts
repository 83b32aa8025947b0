import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Locator } from 'playwright-core';

/** As a person drops a file there. */
export async function dropFile(target: Locator, file: string): Promise<void> {
  const bytes = readFileSync(file).toString('base64');
  const dataTransfer = await target.page().evaluateHandle(
    ({ bytes, name }) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(atob(bytes), (char) => char.charCodeAt(0))], name));
      return transfer;
    },
    { bytes, name: basename(file) },
  );
  await target.dispatchEvent('drop', { dataTransfer });
}
