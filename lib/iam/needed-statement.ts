/** What would have to change for a request that was denied. */
import type { AccessRequest, Caller, Decision, StatementAt } from './access';
import { isTrust } from './evaluate';
import type { Statement } from './policy';

type Denial = Extract<Decision, { effect: 'deny' }>;

export type Remedy =
  /** The narrowest statement that would allow the request, and in which policy. Others may still be missing after it. */
  | { readonly in: 'identity' | 'boundary' | 'resource'; readonly statement: Statement }
  /** Nothing that is added helps: these statements deny. */
  | { readonly deniedBy: readonly StatementAt[] };

const isKey = (resource: string): boolean => /^arn:[^:]+:kms:[^:]*:[^:]*:key\//.test(resource);

function principalOf(caller: Caller): unknown {
  switch (caller.kind) {
    case 'role':
      return { AWS: caller.arn };
    case 'service':
      return { Service: caller.name };
    case 'federated':
      return { Federated: caller.provider };
    case 'anonymous':
      return '*';
  }
}

/** Keys that tell this request from one that somebody else could bring about. */
const narrowing = /^(aws:SourceArn|aws:SourceAccount|kms:ViaService|kms:CallerAccount|.+:(aud|sub))$/i;
const isArnKey = (key: string): boolean => key.toLowerCase() === 'aws:sourcearn';

function conditionOf(request: AccessRequest): Pick<Statement, 'Condition'> {
  const keys = Object.entries(request.context ?? {}).filter(
    ([key, value]) => narrowing.test(key) && typeof value === 'string',
  );
  const arns = keys.filter(([key]) => isArnKey(key));
  const texts = keys.filter(([key]) => !isArnKey(key));
  if (keys.length === 0) return {};
  return {
    Condition: {
      ...(arns.length > 0 && { ArnEquals: Object.fromEntries(arns) }),
      ...(texts.length > 0 && { StringEquals: Object.fromEntries(texts) }),
    },
  };
}

export function remedyOf(request: AccessRequest, decision: Denial): Remedy {
  if (decision.reason === 'explicit') return { deniedBy: decision.by };
  const { missing } = decision;
  const { action, resource } = request;
  if (missing !== 'resource') {
    return {
      in: missing,
      statement: { Effect: 'Allow', Action: action, Resource: resource, ...conditionOf(request) },
    };
  }
  return {
    in: 'resource',
    statement: {
      Effect: 'Allow',
      Principal: principalOf(request.caller),
      Action: action,
      // A trust policy has no resource, and a key policy calls its key "*".
      ...(!isTrust(request) && { Resource: isKey(resource) ? '*' : resource }),
      ...conditionOf(request),
    },
  };
}
