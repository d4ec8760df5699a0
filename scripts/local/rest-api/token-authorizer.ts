/** TOKEN authorizers: a function of the assembly answers a policy, which is cached per token. */
import { createHash } from 'node:crypto';
import { localAccountId } from '../intrinsics';
import type { InvocationResult } from '../lambda/worker';
import type { RestApiDefinition, TokenAuthorizer } from './definition';
import { GatewayError } from './gateway-responses';
import type { ApiRequest } from './request';

export type Invoke = (functionArn: string, event: unknown) => Promise<InvocationResult>;

export interface Policy {
  readonly principalId: string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly statements: readonly Statement[];
}

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | string[];
  readonly Resource: string | string[];
}

interface CachedPolicy {
  readonly policy: Policy;
  readonly expiresAt: number;
}

/** ARN that the policy must allow, for example `arn:aws:execute-api:us-east-1:0:api/v1/GET/documents`. */
export function methodArn(api: RestApiDefinition, region: string, request: ApiRequest): string {
  const stage = api.stages[0]?.name ?? 'local';
  return `arn:aws:execute-api:${region}:${localAccountId}:${api.id}/${stage}/${request.httpMethod}${request.path}`;
}

export class TokenAuthorizations {
  readonly #cache = new Map<string, CachedPolicy>();
  readonly #invoke: Invoke;
  readonly #now: () => number;

  constructor(invoke: Invoke, now: () => number = Date.now) {
    this.#invoke = invoke;
    this.#now = now;
  }

  /**
   * The authorizer's context for the request.
   *
   * @throws {GatewayError} 401, 403 or 500 as API Gateway answers them.
   */
  async authorize(authorizer: TokenAuthorizer, token: string, arn: string): Promise<Record<string, unknown>> {
    if (authorizer.identityValidation && !authorizer.identityValidation.test(token)) {
      throw new GatewayError('UNAUTHORIZED');
    }
    const policy = await this.#policy(authorizer, token, arn);
    const verdict = evaluate(policy, arn);
    if (verdict !== 'Allow') {
      const explicitly = verdict === 'Deny' ? ' with an explicit deny' : '';
      throw new GatewayError('ACCESS_DENIED', `User is not authorized to access this resource${explicitly}`);
    }
    return { ...policy.context, principalId: policy.principalId };
  }

  async #policy(authorizer: TokenAuthorizer, token: string, arn: string): Promise<Policy> {
    const key = createHash('sha256').update(`${authorizer.functionArn}\n${token}`).digest('hex');
    const cached = this.#cache.get(key);
    if (cached && cached.expiresAt > this.#now()) return cached.policy;
    this.#cache.delete(key);
    const result = await this.#invoke(authorizer.functionArn, {
      type: 'TOKEN',
      methodArn: arn,
      authorizationToken: token,
    });
    if (!result.ok) {
      // The one message with a meaning: everything else is a fault of the authorizer.
      throw new GatewayError(
        result.error.errorMessage === 'Unauthorized' ? 'UNAUTHORIZED' : 'AUTHORIZER_FAILURE',
      );
    }
    const policy = readPolicy(result.payload);
    if (!policy) throw new GatewayError('AUTHORIZER_CONFIGURATION_ERROR');
    if (authorizer.resultTtlSeconds > 0) {
      this.#cache.set(key, { policy, expiresAt: this.#now() + authorizer.resultTtlSeconds * 1000 });
    }
    return policy;
  }
}

function readPolicy(payload: unknown): Policy | undefined {
  const answer = payload as {
    principalId?: unknown;
    policyDocument?: { Statement?: Statement | Statement[] };
    context?: Record<string, unknown> | null;
  } | null;
  const statements = answer?.policyDocument?.Statement;
  if (typeof answer?.principalId !== 'string' || !statements) return undefined;
  const context = answer.context ?? {};
  // API Gateway takes flat contexts only, and hands every value on as a text.
  if (Object.values(context).some((value) => typeof value === 'object' && value !== null)) return undefined;
  const texts = Object.entries(context).filter(([, value]) => value !== null && value !== undefined);
  return {
    principalId: answer.principalId,
    statements: [statements].flat(),
    context: Object.fromEntries(texts.map(([name, value]) => [name, String(value)])),
  };
}

/** `Deny` wins; without any statement that fits, the request is not allowed. */
function evaluate({ statements }: Policy, arn: string): 'Allow' | 'Deny' | 'none' {
  const effects = statements
    .filter(
      ({ Action, Resource }) =>
        [Action].flat().some((action) => wildcard(action, 'execute-api:Invoke')) &&
        [Resource].flat().some((resource) => wildcard(resource, arn)),
    )
    .map(({ Effect }) => Effect);
  if (effects.includes('Deny')) return 'Deny';
  return effects.includes('Allow') ? 'Allow' : 'none';
}

function wildcard(pattern: string, text: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's').test(text);
}
