/** The node of a study's graph that a person picked; undefined: the screen follows what trains. Survives a reload. */
export class Selection {
  readonly #study: () => string | undefined;
  /** Bumped with every change: the page's storage is not reactive by itself. */
  #changes = $state(0);

  constructor(study: () => string | undefined) {
    this.#study = study;
  }

  get node(): string | undefined {
    void this.#changes;
    return sessionStorage.getItem(this.#key) ?? undefined;
  }

  set node(node: string | undefined) {
    if (node === undefined) sessionStorage.removeItem(this.#key);
    else sessionStorage.setItem(this.#key, node);
    this.#changes += 1;
  }

  get #key(): string {
    return `live ${this.#study()}`;
  }
}
