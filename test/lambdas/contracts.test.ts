import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { addressSeconds, lastFormSeconds, offerSeconds } from '../../lambdas/account/dependencies';
import { claimSeconds as exportClaimSeconds, keepSeconds } from '../../lambdas/account-export/write-export';
import { documentUpload } from '../../lambdas/documents/document-upload';
import { asOwner } from '../../lambdas/migrations/bootstrap';
import { type Contract, errorStatus, type Route } from '../../lambdas/shared/contract';
import { claimSeconds } from '../../lambdas/shared/uploads/upload-domain';

const root = path.resolve(__dirname, '../../lambdas');
// Workers and sweeps have contracts of other kinds, without routes.
const contracts = readdirSync(root)
  .filter((folder) => existsSync(path.join(root, folder, 'contract.ts')))
  .map(
    (folder) =>
      [
        folder,
        jest.requireActual<{ contract?: Contract }>(path.join(root, folder, 'contract')).contract,
      ] as const,
  )
  .filter((entry): entry is [string, Contract] => entry[0] !== 'shared' && entry[1] !== undefined);
const routes = contracts.flatMap(([, contract]) =>
  contract.routes.map((route) => [route.id, route] as const),
);

it.each(contracts)('%s carries the name of its folder and says what breaks for users', (folder, contract) => {
  expect(contract.domain).toBe(folder);
  expect(contract.impact).toMatch(/^[A-Z].{20,}\.$/);
});

it('have no route and no id twice', () => {
  const addresses = routes.map(
    ([, { method, path: address }]) => `${method} ${address.replace(/\{\w+\}/g, '{}')}`,
  );
  expect(new Set(addresses).size).toBe(routes.length);
  expect(new Set(routes.map(([id]) => id)).size).toBe(routes.length);
});

it.each(routes)('%s describes each parameter of its path', (_, route: Route) => {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  expect(Object.keys(route.params?.shape ?? {})).toEqual(inPath);
});

it.each(routes)('%s is for users, or says why it is for everybody', (_, route: Route) => {
  if (route.authorization === 'public')
    expect(route).toMatchObject({
      publicReason: expect.stringMatching(/.{20,}/),
      publicSince: expect.any(String),
    });
  else expect([route.publicReason, route.publicSince]).toEqual([undefined, undefined]);
});

// A key belongs to a user: without one there is nobody whose key it would be.
it.each(routes)('%s honours Idempotency-Key if it is a POST of a user', (_, route: Route) => {
  expect(route.idempotent ?? false).toBe(route.method === 'POST' && route.authorization === 'user');
});

it.each(routes)('%s answers a body exactly when its status has one', (_, route: Route) => {
  expect(route.response.schema === undefined).toBe(route.response.status === 204);
  for (const code of route.errors ?? []) expect(errorStatus).toHaveProperty(code);
});

it.each(routes)('%s refuses fields it does not know', (_, route: Route) => {
  for (const schema of [route.params, route.query, route.body]) {
    if (schema)
      expect(z.toJSONSchema(schema, { io: 'input' })).toMatchObject({ additionalProperties: false });
  }
});

it.each(routes)('%s gives examples that its own schemas accept', (_, route: Route) => {
  for (const schema of [route.params, route.query, route.body, route.response.schema]) {
    if (schema) expect(wrongExamples(schema)).toEqual([]);
  }
});

it('notices an example that its schema refuses', () => {
  expect(wrongExamples(z.object({ id: z.uuid().meta({ examples: ['42'] }) }))).toEqual(['42']);
});

function wrongExamples(schema: z.ZodType): unknown[] {
  const own = (schema.meta()?.examples ?? []) as unknown[];
  const { shape, innerType, element } = schema._zod.def as {
    shape?: object;
    innerType?: z.ZodType;
    element?: z.ZodType;
  };
  const inner = [...Object.values(shape ?? {}), innerType, element].filter(Boolean) as z.ZodType[];
  return [...own.filter((example) => !schema.safeParse(example).success), ...inner.flatMap(wrongExamples)];
}

it.each(contracts)('%s leaves time in this order: SQL statement, function, API Gateway', (_, contract) => {
  const [, seconds] = /alter role app set statement_timeout = '(\d+)s'/.exec(asOwner([]).join('\n')) ?? [];
  expect(Number(seconds)).toBeLessThan(contract.timeoutSeconds);
  expect(contract.timeoutSeconds).toBeLessThan(29);
});

it('lets a claim on an upload outlive the function that made it', () => {
  const documents = contracts.find(([folder]) => folder === 'documents')?.[1];
  expect(claimSeconds).toBeGreaterThan(documents?.timeoutSeconds as number);
});

it('lets uploads of a deleted account outlive the last form that a request may still have signed', () => {
  const documents = contracts.find(([folder]) => folder === 'documents')?.[1];
  expect(lastFormSeconds).toBeGreaterThan(documentUpload.formSeconds + (documents?.timeoutSeconds as number));
});

it('lets an export outlive the last address of it, and a claim on it the longest a function may run', () => {
  expect(keepSeconds).toBeGreaterThan(offerSeconds + addressSeconds);
  expect(exportClaimSeconds).toBeGreaterThan(900);
});
