/** Originals that may be on their way at once: more would only share the same line and disk. */
export const mostLoading = 12;

/** Lets a limited number of loads run; the others wait in order, and leave when what shows them does. */
export class LoadSlots {
  private waiting: (() => void)[] = [];
  private running = 0;

  constructor(private readonly most: number) {}

  /**
   * Calls `begin` when there is room, maybe at once. `front`: before all that wait. The answer ends the load or the
   * wait; it may be called twice.
   */
  take(begin: () => void, place: 'front' | 'back' = 'back'): () => void {
    // One object for each call, so that the same function may wait twice.
    const entry = () => begin();
    if (place === 'front') this.waiting.unshift(entry);
    else this.waiting.push(entry);
    this.pump();
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      const at = this.waiting.indexOf(entry);
      if (at >= 0) this.waiting.splice(at, 1);
      else this.running--;
      this.pump();
    };
  }

  private pump(): void {
    while (this.running < this.most) {
      const begin = this.waiting.shift();
      if (begin === undefined) return;
      this.running++;
      begin();
    }
  }
}

export const loadSlots = new LoadSlots(mostLoading);
