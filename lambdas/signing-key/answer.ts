import { ensureKeyPair, type KeyStore } from './key-pair';
import { type Request, type Response, requestSchema, respond } from './respond';
import { oncePermitted } from './secret-key-store';

export interface Dependencies {
  storeOf(secretId: string): KeyStore;
  /** Receives neither keys nor the address of the answer. */
  log(message: string, details: Record<string, string>): void;
}

/**
 * Answers a request of CloudFormation for the public key of a pair, whatever happens: a request without an answer
 * holds a deployment up for as long as its timeout.
 *
 * @throws when the request has no address to answer to and makes no sense, or CloudFormation does not take the answer
 */
export async function answer(event: unknown, dependencies: Dependencies): Promise<Response> {
  const request = requestSchema.safeParse(event);
  const response = request.success
    ? await outcome(request.data, dependencies)
    : failed(
        (event ?? {}) as Partial<Request>,
        'expected the event of a custom resource with the property SecretId, found another one',
      );
  const { ResponseURL: url } = (event ?? {}) as { ResponseURL?: unknown };
  if (typeof url === 'string') await respond(url, response);
  dependencies.log('answered', { status: response.Status, resource: response.LogicalResourceId ?? '' });
  return response;
}

async function outcome(request: Request, { storeOf }: Dependencies): Promise<Response> {
  const { SecretId } = request.ResourceProperties;
  // The secret goes with its stack, or stays with it: as every resource, by its own policy.
  if (request.RequestType === 'Delete') return { ...identified(request), Status: 'SUCCESS' };
  try {
    const PublicKey = await oncePermitted(() => ensureKeyPair(storeOf(SecretId)));
    return { ...identified(request), Status: 'SUCCESS', PhysicalResourceId: SecretId, Data: { PublicKey } };
  } catch (error) {
    return failed(request, error instanceof Error ? error.message : String(error));
  }
}

function failed(request: Partial<Request>, message: string): Response {
  const secret = request.ResourceProperties?.SecretId ?? 'an unknown secret';
  return { ...identified(request), Status: 'FAILED', Reason: `No signing key in ${secret}: ${message}` };
}

function identified(request: Partial<Request>) {
  const { StackId, RequestId, LogicalResourceId } = request;
  // A creation that failed is deleted under this name, which deletes nothing.
  const PhysicalResourceId =
    request.PhysicalResourceId ?? request.ResourceProperties?.SecretId ?? 'signing-key';
  return { PhysicalResourceId, StackId, RequestId, LogicalResourceId };
}
