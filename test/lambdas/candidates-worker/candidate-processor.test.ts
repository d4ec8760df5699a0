import type { Extractor } from '../../../lambdas/extraction/extraction';
import { profileSchema } from '../../../lambdas/profile/schema';
import { findSkills } from '../../../lambdas/profile/skills';
import type { Identity } from '../../../lambdas/shared/identity';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { testExtractor } from '../../support/extraction';
import { JobsApi, ResumeWorkers } from '../../support/jobs-api';
import { startTestBucket, type TestBucket } from '../../support/object-store';
import { minimalDocx } from '../../support/office-file';
import { rawZip } from '../../support/raw-zip';
import { resumeTexts } from '../../support/resume-texts';
import { pdfResumes } from '../../support/samples/resume-samples';

let database: TestDatabase;
let bucket: TestBucket;
let extractor: Extractor;
let api: JobsApi;
let workers: ResumeWorkers;
let job: string;

const person: Identity = { issuer: 'https://issuer.example', subject: 'recruiter' };
const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';

beforeAll(async () => {
  [database, bucket, extractor] = await Promise.all([
    startTestDatabase(),
    startTestBucket(),
    testExtractor(),
  ]);
  api = new JobsApi(database, bucket);
  workers = new ResumeWorkers(database, bucket, extractor);
  job = await api.job(person);
});

afterAll(async () => {
  await Promise.all([workers.close(), extractor.close()]);
  await Promise.all([database.close(), bucket.close()]);
});

async function read(file: Buffer, body: object = {}) {
  const { id } = await api.candidate(person, job, file, body);
  expect(await workers.candidate(id)).toBe(true);
  return (await api.getCandidate(person, job, id)).body;
}

const latin = pdfResumes.filter(({ resume }) => ['en', 'de', 'fr', 'es'].includes(resume.language));

it.each(latin.map((sample) => [sample.name, sample] as const))(
  'reads a PDF: %s',
  async (_, { make, resume }) => {
    const candidate = await read(await make());
    expect(candidate).toMatchObject({ status: 'ready', failure: null, language: resume.language, pages: 1 });
    const { profile } = candidate;
    expect(profileSchema.parse(profile)).toEqual(profile);
    expect(profile).toMatchObject({
      name: resume.name,
      email: resume.email,
      phone: { e164: resume.phoneE164 },
    });
    // By their usual names.
    expect(profile.skills).toEqual(expect.arrayContaining(findSkills(resume.skills, []).skills));
    expect(
      profile.experience.map(({ title, organisation, start }: Record<string, string>) => [
        title,
        organisation,
        start,
      ]),
    ).toEqual(resume.experience.map(({ title, company, start }) => [title, company, start]));
    expect(profile.education).toHaveLength(resume.education.length);
  },
);

it('reads a plain text', async () => {
  const [sample] = resumeTexts;
  const file = Buffer.from(sample?.text as string);
  const candidate = await read(file, { fileName: 'cv.txt', mimeType: 'text/plain' });
  expect(candidate).toMatchObject({ status: 'ready', pages: null, profile: { name: sample?.name } });
});

it('says why a file cannot be read', async () => {
  const blank = await read(minimalDocx(), { fileName: 'a.docx', mimeType: docx });
  expect(blank).toMatchObject({ status: 'failed', profile: null });
  expect(blank.failure).toMatch(/^[a-z_]+$/);
  expect((await api.download(person, job, blank.id)).status).toBe(200);
});

it('does not keep the text', async () => {
  const [sample] = resumeTexts;
  const secret = `Marker${Date.now()}`;
  await read(
    Buffer.from(`${sample?.text}\n\nSummary\nA sentence about ${secret} that is no skill at all.\n`),
    {
      fileName: 'cv.txt',
      mimeType: 'text/plain',
    },
  );
  const { rows } = await database.admin.query(
    'select 1 from landfall.candidates c where position($1 in c::text) > 0',
    [secret],
  );
  expect(rows).toEqual([]);
});

it('reads what came in an archive', async () => {
  const [sample] = latin;
  const file = await (sample as (typeof latin)[number]).make();
  const own = await api.job(person);
  const importId = await api.import(person, own, rawZip([{ name: 'deep/down/cv.pdf', data: file }]));
  expect(await workers.import(importId)).toBe(true);
  const [entry] = (await api.getImport(person, own, importId)).body.entries;
  expect(await workers.candidate(entry.candidateId)).toBe(true);
  expect((await api.listCandidates(person, own)).body.items).toMatchObject([
    { status: 'ready', importId, summary: { name: sample?.resume.name } },
  ]);
});
