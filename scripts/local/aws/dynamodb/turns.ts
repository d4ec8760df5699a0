/** Lets one thing happen at a time, in the order asked. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    // Whoever asked learns of a failure; the next in line has nothing to do with it.
    this.#last = result.catch(() => undefined);
    return result;
  }
}
