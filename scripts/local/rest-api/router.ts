import { type Method, pathOf, type RestApiDefinition } from './definition';

export interface Route {
  readonly method: Method;
  /** `/documents/{id}` */
  readonly resourcePath: string;
  readonly pathParameters: Readonly<Record<string, string>>;
}

interface Candidate {
  readonly resourceId: string;
  readonly path: string;
  readonly segments: readonly string[];
}

export type Router = (httpMethod: string, path: string) => Route | undefined;

/** As in API Gateway: a literal segment wins over `{id}`, and `{id}` over `{proxy+}`. */
export function createRouter(api: RestApiDefinition): Router {
  const methods = new Map<string, Method>(
    api.methods.map((method) => [`${method.resourceId} ${method.httpMethod}`, method]),
  );
  const candidates: Candidate[] = [...new Set(api.methods.map(({ resourceId }) => resourceId))]
    .map((resourceId) => {
      const path = pathOf(api, resourceId);
      return { resourceId, path, segments: path.split('/').slice(1) };
    })
    .sort((a, b) => rank(a).localeCompare(rank(b)));

  return (httpMethod, path) => {
    const segments = path.split('/').slice(1);
    // `/documents/` is the same resource as `/documents`.
    if (segments.length > 1 && segments.at(-1) === '') segments.pop();
    for (const candidate of candidates) {
      const pathParameters = match(candidate.segments, segments);
      if (!pathParameters) continue;
      const method =
        methods.get(`${candidate.resourceId} ${httpMethod}`) ?? methods.get(`${candidate.resourceId} ANY`);
      return method && { method, resourcePath: candidate.path, pathParameters };
    }
    return undefined;
  };
}

/** Sorts literal segments before parameters before greedy parameters, segment by segment. */
function rank({ segments }: Candidate): string {
  return segments.map((segment) => (isGreedy(segment) ? '2' : isParameter(segment) ? '1' : '0')).join('');
}

const isParameter = (segment: string) => segment.startsWith('{');
const isGreedy = (segment: string) => segment.endsWith('+}');

function match(pattern: readonly string[], actual: readonly string[]): Record<string, string> | undefined {
  const found: Record<string, string> = {};
  for (const [index, segment] of pattern.entries()) {
    const value = actual[index];
    if (value === undefined) return undefined;
    if (isGreedy(segment)) {
      found[segment.slice(1, -2)] = actual.slice(index).map(decode).join('/');
      return found;
    }
    if (isParameter(segment)) {
      if (value === '') return undefined;
      found[segment.slice(1, -1)] = decode(value);
    } else if (segment !== value) return undefined;
  }
  return pattern.length === actual.length ? found : undefined;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // A lone % is no escape: API Gateway hands it on as it came.
    return segment;
  }
}
