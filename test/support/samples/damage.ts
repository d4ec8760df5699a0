/** The first part of a file, as an upload that broke off leaves it. */
export const cut = (file: Buffer, share = 0.6): Buffer => file.subarray(0, Math.floor(file.length * share));

/** Turns bits over at regular places, the same ones every time. */
export function flipBits(file: Buffer, from: number, step: number): Buffer {
  const damaged = Buffer.from(file);
  for (let at = from; at < damaged.length; at += step) damaged[at] = (damaged[at] ?? 0) ^ 0x55;
  return damaged;
}
