import { type Decision, decide, type FileState } from '../../../../lambdas/shared/processing/claims';

const now = new Date('2026-11-26T12:00:00Z');
const at = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const processing: FileState = {
  object_version: 'v1',
  status: 'processing',
  claimed_until: null,
  crashes: 0,
  deleted_at: null,
};

it.each<[string, Partial<FileState>, Partial<{ versionId: string; redriven: boolean }>, Decision]>([
  ['a new file', {}, {}, { state: 'claim', crashes: 0 }],
  ['a file that crashed its worker before', { crashes: 2 }, {}, { state: 'claim', crashes: 2 }],
  ['a file that another worker has', { claimed_until: at(1) }, {}, { state: 'busy', until: at(1) }],
  ['a claim that ends this moment', { claimed_until: now }, {}, { state: 'claim', crashes: 1 }],
  ['a claim that ended without an outcome', { claimed_until: at(-1) }, {}, { state: 'claim', crashes: 1 }],
  ['a second such claim', { claimed_until: at(-1), crashes: 1 }, {}, { state: 'claim', crashes: 2 }],
  ['a third one', { claimed_until: at(-1), crashes: 2 }, {}, { state: 'crashed' }],
  ['an older version of the file', {}, { versionId: 'v0' }, { state: 'stale' }],
  ['another version of a finished file', { status: 'ready' }, { versionId: 'v0' }, { state: 'stale' }],
  ['a finished file', { status: 'ready' }, {}, { state: 'duplicate' }],
  ['a finished file, tried anew', { status: 'ready' }, { redriven: true }, { state: 'duplicate' }],
  ['a failed file', { status: 'failed' }, {}, { state: 'duplicate' }],
  [
    'a failed file, tried anew',
    { status: 'failed', crashes: 2 },
    { redriven: true },
    { state: 'claim', crashes: 0 },
  ],
  [
    'an older version, tried anew',
    { status: 'failed' },
    { redriven: true, versionId: 'v0' },
    { state: 'stale' },
  ],
  ['a deleted file', { deleted_at: now }, {}, { state: 'deleted' }],
  ['a deleted file that a worker has', { deleted_at: now, claimed_until: at(9) }, {}, { state: 'deleted' }],
  [
    'a row from before there were versions',
    { object_version: null, status: 'ready' },
    {},
    { state: 'duplicate' },
  ],
  ['a row that does not know its version yet', { object_version: null }, {}, { state: 'early' }],
])('%s', (_what, row, event, expected) => {
  expect(decide({ ...processing, ...row }, { versionId: 'v1', redriven: false, now, ...event })).toEqual(
    expected,
  );
});
