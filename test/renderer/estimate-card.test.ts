import { render } from 'svelte/server';
import { expect, it, vi } from 'vitest';
import EstimateCard from '../../src-renderer/views/study/EstimateCard.svelte';

vi.mock('../../src-renderer/state/session.svelte.ts', () => ({ session: {} }));
vi.mock('../../src-renderer/state/draft.svelte.ts', () => ({ draft: { content: {} } }));

it('shows the old values, and that they are old, while new ones come', () => {
  const estimate = {
    ...{ seconds: 90, disk: 1e6, diskFree: 1e9, memory: 1e6, memoryFree: 1e9, trainings: 17, reused: 0 },
    ...{ busy: 0, how: 'a few seconds', warnings: [] },
  };
  const drawn = (waiting: boolean) => {
    const settled = { trainings: 17, stored: 0, problem: undefined, toBeMade: false, resolution: undefined };
    return render(EstimateCard, { props: { ...settled, estimate, waiting } }).body;
  };
  for (const waiting of [true, false]) {
    expect(drawn(waiting)).toMatch(/17[^]*about 1 min 30 s|17[^]*about 2 min/);
    expect(/<dl class="[^"]*\bwaiting\b/.test(drawn(waiting))).toBe(waiting);
    expect(drawn(waiting).includes('Measuring this machine for a few seconds …')).toBe(waiting);
  }
});
