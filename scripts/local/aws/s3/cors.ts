/** Cross-origin answers from a bucket's own rules: preflight, and the headers of the request that follows. */
import type { Reply } from '../call';
import { AwsError } from '../errors';
import type { WireRequest } from '../sigv4';
import type { CorsRule } from './bucket-properties';

/** One `*` stands for any text. */
function like(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === text;
  const [start, end] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end);
}

function findRule(
  rules: readonly CorsRule[],
  origin: string,
  method: string,
  headers: readonly string[],
): CorsRule | undefined {
  return rules.find(
    (rule) =>
      rule.AllowedMethods.some((allowed) => allowed === method) &&
      rule.AllowedOrigins.some((allowed) => like(allowed, origin)) &&
      headers.every((header) =>
        (rule.AllowedHeaders ?? []).some((allowed) => like(allowed.toLowerCase(), header)),
      ),
  );
}

function ruleHeaders(rule: CorsRule, origin: string): Record<string, string | undefined> {
  const any = rule.AllowedOrigins.includes('*');
  return {
    'access-control-allow-origin': any ? '*' : origin,
    'access-control-allow-methods': rule.AllowedMethods.join(', '),
    'access-control-expose-headers': rule.ExposedHeaders?.join(', '),
    'access-control-allow-credentials': any ? undefined : 'true',
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
}

/** Headers for the answer to `request`, errors included; none when no rule covers it. */
export function corsHeaders(
  rules: readonly CorsRule[],
  request: WireRequest,
): Record<string, string | undefined> {
  const origin = request.headers.get('origin');
  if (origin === undefined) return {};
  const rule = findRule(rules, origin, request.method, []);
  return rule ? ruleHeaders(rule, origin) : {};
}

export function preflight(rules: readonly CorsRule[], { headers }: WireRequest): Reply {
  const origin = headers.get('origin');
  const method = headers.get('access-control-request-method');
  if (origin === undefined || method === undefined)
    throw new AwsError(
      'BadRequest',
      'Insufficient information. Origin request header and Access-Control-Request-Method needed.',
    );
  const asked = (headers.get('access-control-request-headers') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const rule = findRule(rules, origin, method, asked);
  if (!rule) {
    const why =
      rules.length === 0 ? 'CORS is not enabled for this bucket.' : 'This CORS request is not allowed.';
    throw new AwsError('AccessForbidden', `CORSResponse: ${why}`, 403, {
      Method: method,
      ResourceType: 'OBJECT',
    });
  }
  return {
    status: 200,
    headers: {
      ...ruleHeaders(rule, origin),
      'access-control-allow-headers': asked.length > 0 ? asked.join(', ') : undefined,
      'access-control-max-age': rule.MaxAge,
    },
  };
}
