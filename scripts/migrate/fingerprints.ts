import { createHash } from 'node:crypto';

/** Words of a fingerprint: 96 bits, so that among ten million texts two are mistaken for one with 1 : 10^15. */
const words = 3;

/**
 * Remembers texts by their fingerprints, each with a small number, in 26 to 52 bytes a text outside the heap: a set
 * of strings would take several times that, and grow with their length.
 */
export class Fingerprints {
  #capacity = 1024;
  #keys = new Uint32Array(this.#capacity * words);
  /** 0: free. */
  #values = new Uint8Array(this.#capacity);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The number that came with the text; undefined when it is new. */
  get(text: string): number | undefined {
    const value = this.#values[this.#slot(fingerprint(text))];
    return value === 0 ? undefined : value;
  }

  /**
   * Remembers the text unless it is known.
   * @param value from 1 to 255
   * @returns whether it was new
   */
  add(text: string, value = 1): boolean {
    if (value < 1 || value > 255) throw new Error(`expected a value from 1 to 255, found ${value}`);
    const key = fingerprint(text);
    const slot = this.#slot(key);
    if (this.#values[slot] !== 0) return false;
    this.#keys.set(key, slot * words);
    this.#values[slot] = value;
    this.#size++;
    if (this.#size * 2 > this.#capacity) this.#grow();
    return true;
  }

  /** Where the key is, or belongs. */
  #slot(key: Uint32Array): number {
    let slot = (key[0] as number) % this.#capacity;
    while (this.#values[slot] !== 0 && !this.#holds(slot, key)) slot = (slot + 1) % this.#capacity;
    return slot;
  }

  #holds(slot: number, key: Uint32Array): boolean {
    return key.every((word, index) => this.#keys[slot * words + index] === word);
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#capacity *= 2;
    this.#keys = new Uint32Array(this.#capacity * words);
    this.#values = new Uint8Array(this.#capacity);
    values.forEach((value, index) => {
      if (value === 0) return;
      const key = keys.subarray(index * words, (index + 1) * words);
      const slot = this.#slot(key);
      this.#keys.set(key, slot * words);
      this.#values[slot] = value;
    });
  }
}

function fingerprint(text: string): Uint32Array {
  const digest = createHash('sha256').update(text).digest();
  return Uint32Array.from({ length: words }, (_, index) => digest.readUInt32LE(index * 4));
}
