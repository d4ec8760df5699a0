import * as z from 'zod';

/** What CloudFormation sends to the function of a custom resource, as far as it matters here. */
export const requestSchema = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  /** Absent where no CloudFormation waits: then the result of the function is the answer. */
  ResponseURL: z.url().optional(),
  StackId: z.string().optional(),
  RequestId: z.string().optional(),
  LogicalResourceId: z.string().optional(),
  PhysicalResourceId: z.string().optional(),
  ResourceProperties: z.object({ SecretId: z.string().min(1) }),
});

export type Request = z.infer<typeof requestSchema>;

export interface Response {
  readonly Status: 'SUCCESS' | 'FAILED';
  /** Only of a failure. */
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly StackId?: string | undefined;
  readonly RequestId?: string | undefined;
  readonly LogicalResourceId?: string | undefined;
  readonly Data?: { readonly PublicKey: string };
}

const attempts = 4;
const timeoutMs = 5_000;

/**
 * Hands CloudFormation its answer; without one a deployment waits until it times out.
 * @throws Error without the URL, whose query is a credential
 */
export async function respond(url: string, response: Response, pauseMs = 500): Promise<void> {
  // As bytes: fetch gives a text a Content-Type, which the signature of the URL does not cover.
  const body = Buffer.from(JSON.stringify(response));
  for (let attempt = 1; ; attempt++) {
    const outcome = await put(url, body);
    if (outcome === undefined) return;
    if (attempt >= attempts)
      throw new Error(`expected CloudFormation to take the answer, found ${outcome} at attempt ${attempt}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs * 2 ** (attempt - 1)));
  }
}

/** @returns what went wrong; undefined when nothing did */
async function put(url: string, body: Buffer<ArrayBuffer>): Promise<string | undefined> {
  try {
    const { ok, status } = await fetch(url, { method: 'PUT', body, signal: AbortSignal.timeout(timeoutMs) });
    return ok ? undefined : `status ${status}`;
  } catch (error) {
    return error instanceof Error ? error.name : 'no answer';
  }
}
