import { type Settings, type SettingsChange, settingsSchema } from '../../src-main/common/contract/settings.ts';
import { session } from './session.svelte.ts';
import { theme } from './theme.svelte.ts';

/** What a person has set for good. Main has it; it is as it comes until main has answered. */
class SettingsState {
  values = $state.raw<Settings>(settingsSchema.parse({}));

  async load(): Promise<void> {
    // Without an answer, what is shown stays.
    await session.api.settings.read().then(
      (values) => this.#take(values),
      () => {},
    );
  }

  /** Holds at once; what main refuses is taken back, and the refusal thrown. */
  async change(change: SettingsChange): Promise<void> {
    const before = this.values;
    this.#take({ ...before, ...change });
    try {
      this.#take(await session.api.settings.change(change));
    } catch (error) {
      this.#take(before);
      throw error;
    }
  }

  #take(values: Settings): void {
    this.values = values;
    theme.choose(values.theme);
  }
}

export const settings = new SettingsState();
