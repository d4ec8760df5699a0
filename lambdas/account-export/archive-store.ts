/** Where archives are written to. */
export interface ArchiveStore {
  /** Writes content of unknown length, of which nothing is seen until all has arrived. Answers its bytes. */
  write(key: string, content: AsyncIterable<Buffer>): Promise<number>;
}

/** The store of an environment's bucket. */
export function s3ArchiveStore(bucket: string): ArchiveStore {
  return {
    write: async (...args) => {
      const { connectArchives } = await import('./s3-archive-store');
      return connectArchives(bucket).write(...args);
    },
  };
}
