import { readFileSync } from 'node:fs';
import { contract as documents } from '../../lambdas/documents/contract';
import { errorStatus } from '../../lambdas/shared/contract';
import { loadConfig } from '../../lib/config/load';
import { contractsOf } from '../../lib/contracts';
import { openApiDocument } from '../../lib/openapi';
import { openApiFile, publishedOpenApi } from '../../scripts/openapi';

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document is JSON
const document = (contracts = contractsOf(loadConfig('local', 'platform'))): any =>
  openApiDocument({ contracts, version: '1.2.3' });

test('docs/openapi.json is what the contracts say (run "npm run openapi" after a change)', () => {
  expect(readFileSync(openApiFile, 'utf8')).toBe(publishedOpenApi());
});

test('a changed contract no longer matches the published document', () => {
  const [route] = documents.routes;
  const changed = { ...documents, routes: [{ ...route, summary: 'Something else' } as typeof route] };
  expect(JSON.stringify(document([changed as typeof documents]))).not.toBe(JSON.stringify(document()));
});

test('every route is an operation with its id, and only public ones need no token', () => {
  const { paths } = document();
  for (const contract of contractsOf(loadConfig('local', 'platform'))) {
    for (const route of contract.routes) {
      const operation = paths[route.path][route.method.toLowerCase()];
      expect(operation.operationId).toBe(route.id);
      expect(operation.security).toEqual(route.authorization === 'public' ? [] : [{ user: [] }]);
    }
  }
});

test('every reference inside the document resolves', () => {
  const api = document();
  const references = [...JSON.stringify(api).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, at]) => at as string);
  expect(references.length).toBeGreaterThan(20);
  for (const reference of references) {
    // biome-ignore lint/suspicious/noExplicitAny: walking JSON
    const target = reference.split('/').reduce<any>((value, key) => value?.[key], api);
    expect({ reference, found: target !== undefined }).toEqual({ reference, found: true });
  }
});

test('path parameters of a route are exactly those in its path', () => {
  // biome-ignore lint/suspicious/noExplicitAny: walking JSON
  for (const [path, operations] of Object.entries<any>(document().paths)) {
    // biome-ignore lint/suspicious/noExplicitAny: walking JSON
    for (const operation of Object.values<any>(operations)) {
      const declared = (operation.parameters ?? [])
        .filter((parameter: { in?: string }) => parameter.in === 'path')
        .map((parameter: { name: string }) => parameter.name);
      expect(declared).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    }
  }
});

test('idempotent routes take the Idempotency-Key header, and others do not', () => {
  const { paths } = document();
  const key = { $ref: '#/components/parameters/IdempotencyKey' };
  expect(paths['/documents/uploads'].post.parameters).toContainEqual(key);
  expect(paths['/documents'].get.parameters).not.toContainEqual(key);
});

test('every error a route can give is described, with an example in the error shape', () => {
  const { components, paths } = document();
  for (const [code, { content }] of Object.entries<{ content: Record<string, { example: object }> }>(
    components.responses,
  )) {
    expect(content['application/json']?.example).toEqual({
      error: { code, message: expect.any(String), requestId: expect.any(String) },
    });
  }
  expect(Object.keys(paths['/documents/uploads/{id}/complete'].post.responses)).toEqual([
    '200',
    '400',
    '401',
    '403',
    '404',
    '409',
    '410',
    '422',
    '429',
    '500',
    '503',
    '504',
  ]);
  expect(Object.keys(components.responses).every((code) => code in errorStatus)).toBe(true);
});

test('two different schemas with the same title are refused', () => {
  const other = {
    ...documents,
    routes: documents.routes.map((route) => ({ ...route, path: `/v2${route.path}` })),
  };
  const listed = other.routes.find(({ id }) => id === 'getDocument');
  const health = contractsOf(loadConfig('local', 'platform'))[0]?.routes[0]?.response.schema?.meta({
    title: 'Document',
  });
  const clash = { ...other, routes: [{ ...listed, response: { ...listed?.response, schema: health } }] };
  expect(() => document([documents, clash as unknown as typeof documents])).toThrow(/titled "Document"/);
});
