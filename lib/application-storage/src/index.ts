export { createStorage, openStorage, type StorageOptions } from './open-storage';
export type { Content, SaveOptions, Storage, StoredFile, TemporaryFile } from './storage';
export { StorageError, type StorageFault } from './storage-error';
