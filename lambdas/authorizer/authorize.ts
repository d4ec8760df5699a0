import type { JwtPayload } from 'aws-jwt-verify/jwt-model';
import type { APIGatewayAuthorizerResult } from 'aws-lambda';
import { passedOn } from './claims';

/** Checks signature, issuer, audience and lifetime of a token; rejects otherwise. */
export type Verify = (token: string) => Promise<JwtPayload>;

/**
 * Answers API Gateway's question whether a token may call the API. The policy covers the whole stage, because
 * the gateway remembers it for the token and would otherwise apply it to other routes as well.
 *
 * @throws Error 'Unauthorized', the one word that makes API Gateway answer 401
 */
export async function authorize(
  verify: Verify,
  { authorizationToken, methodArn }: { authorizationToken?: string | undefined; methodArn: string },
): Promise<APIGatewayAuthorizerResult> {
  const [, token] = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorizationToken ?? '') ?? [];
  if (!token) throw new Error('Unauthorized');
  const payload = await verify(token);
  const { iss, sub, email } = payload;
  if (!iss || !sub) throw new Error('Unauthorized');
  return {
    principalId: sub,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: wholeStage(methodArn) }],
    },
    context: { iss, sub, ...(typeof email === 'string' && { email }), claims: passedOn(payload) },
  };
}

/** `arn:aws:execute-api:region:account:api/stage/METHOD/path` without method and path. */
function wholeStage(methodArn: string): string {
  const [api, stage] = methodArn.split('/');
  if (!api || !stage) throw new Error('Unauthorized');
  return `${api}/${stage}/*`;
}
