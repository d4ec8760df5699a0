/** How the parts of a REST API find each other. */
import { createHash } from 'node:crypto';
import type { RestApiDefinition } from '../rest-api/definition';
import type { LocalSystem } from '../system';
import { type DeclaredResource, textOf } from './handler';

/** Ten characters, as API Gateway's own ids have. */
export function idOf({ generatedName }: DeclaredResource): string {
  const digits = BigInt(`0x${createHash('sha256').update(generatedName).digest('hex')}`).toString(36);
  return digits.slice(0, 10);
}

export function apiOf(resource: DeclaredResource, system: LocalSystem): RestApiDefinition {
  const id = textOf(resource, 'RestApiId');
  const api = system.declared.restApis.get(id);
  if (!api) throw new Error(`there is no REST API ${id}`);
  return api;
}
