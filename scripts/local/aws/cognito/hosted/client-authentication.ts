/** Which client calls an endpoint: by its secret where it has one, by its id alone where it cannot keep one. */
import { decode, sameText } from '../../sigv4';
import type { Client } from '../records';
import { type Refusal, refuse } from './answer';
import type { HostedContext } from './context';
import { type HostedRequest, isForm, type Parameters, readParameters } from './request';

/** @throws Refusal invalid_request */
export function readEndpointForm(request: HostedRequest): Parameters {
  if (!isForm(request))
    throw refuse('invalid_request', 'Send the parameters as application/x-www-form-urlencoded in the body.');
  return readParameters(request.body, (name) =>
    refuse('invalid_request', `${name} is given more than once.`),
  );
}

function readBasic(header: string): { id: string; secret: string } | undefined {
  const [, credentials] = /^basic ([A-Za-z0-9+/=]+)$/i.exec(header) ?? [];
  const text = Buffer.from(credentials ?? '', 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { id: decode(text.slice(0, colon)), secret: decode(text.slice(colon + 1)) };
}

/** @throws Refusal invalid_client, or invalid_request when the two ways contradict each other */
export function authenticateClient(
  { pool }: HostedContext,
  { headers }: HostedRequest,
  form: Parameters,
  /** @default 400, as Cognito's token endpoint answers */
  status = 400,
): Client {
  const invalid = (description: string): Refusal => refuse('invalid_client', description, status);
  const header = headers.authorization;
  const basic = header === undefined ? undefined : readBasic(header);
  if (header !== undefined && !basic)
    throw invalid('The Authorization header must be Basic with client id and secret.');
  const named = form.get('client_id');
  if (basic && named !== undefined && named !== basic.id)
    throw refuse('invalid_request', 'client_id in the body is not the one of the Authorization header.');
  const id = basic?.id ?? named;
  if (id === undefined) throw refuse('invalid_request', 'client_id is missing.');
  const client = pool.clients.get(id);
  if (!client) throw invalid('There is no such client.');
  const secret = basic?.secret ?? form.get('client_secret');
  if (client.secret === undefined) {
    if (secret !== undefined) throw invalid('The client has no secret: send client_id in the body only.');
  } else if (secret === undefined || !sameText(secret, client.secret)) {
    throw invalid('The client secret is wrong or missing.');
  }
  return client;
}
