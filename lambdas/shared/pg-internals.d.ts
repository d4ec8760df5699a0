/** Modules of pg that its own extensions (cursors, streams) use too; @types/pg leaves them out. */
declare module 'pg/lib/result' {
  export default class Result {}
}

declare module 'pg/lib/utils' {
  export function prepareValue(value: unknown): unknown;
}
