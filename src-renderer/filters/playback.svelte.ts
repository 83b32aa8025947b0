/** Milliseconds that each step of a history is shown. */
const PACE = 220;

/** Shows a history like a film: moves a position from step to step until its end. */
export class Playback {
  playing = $state(false);
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Plays on from `position` among so many, from the first where it is at the end; `show` is told each position. */
  play(position: number, count: number, show: (position: number) => void): void {
    this.stop();
    if (count < 2) return;
    let at = position >= count - 1 ? 0 : position;
    this.playing = true;
    show(at);
    this.#timer = setInterval(() => {
      at += 1;
      show(at);
      if (at >= count - 1) this.stop();
    }, PACE);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.playing = false;
  }
}
