/** Why a secret cannot be used. */
export type SecretFault = 'absent' | 'deleted' | 'denied' | 'empty' | 'malformed' | 'unavailable';

interface Details {
  readonly expected?: string;
  readonly found?: string;
  /** Stage or id. @default AWSCURRENT */
  readonly version?: string;
  readonly cause?: unknown;
}

/** Names the secret and the way out, and never a word of what is in it. */
export class SecretError extends Error {
  override readonly name = 'SecretError';

  constructor(
    readonly fault: SecretFault,
    readonly secretId: string,
    { cause, ...details }: Details = {},
  ) {
    super(messageOf(fault, secretId, details), cause === undefined ? undefined : { cause });
  }
}

function messageOf(fault: SecretFault, id: string, details: Omit<Details, 'cause'>): string {
  const { version = 'AWSCURRENT', expected = 'a value', found = 'nothing' } = details;
  const put = `aws secretsmanager put-secret-value --secret-id ${id} --secret-string file://<a file with the value>`;
  switch (fault) {
    case 'absent':
      return `expected the secret ${id} to have ${version}, found no such secret or no value in it: look for it with \`aws secretsmanager describe-secret --secret-id ${id}\`, or write it with \`${put}\``;
    case 'deleted':
      return `expected the secret ${id}, found it marked for deletion: \`aws secretsmanager restore-secret --secret-id ${id}\``;
    case 'denied':
      return `expected to be allowed to read the secret ${id}, found ${found}: the function's role needs secretsmanager:GetSecretValue on it and, when it has a key of its own, kms:Decrypt on that key`;
    case 'empty':
      return `expected text in the secret ${id}, found ${version} without any: write it with \`${put}\``;
    case 'malformed':
      return `expected ${expected} in the secret ${id}, found ${found}: write it with \`${put}\``;
    case 'unavailable':
      return `expected Secrets Manager to answer with the secret ${id}, found ${found}: try again; if it lasts, look at the service's health and at the way of the function there (NAT, or an interface endpoint for secretsmanager)`;
  }
}
