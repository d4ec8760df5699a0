/**
 * Values of environment variables that a template cannot know, because they are facts of this machine. Every
 * other variable reaches a function exactly as synthesized.
 */
export interface LocalFacts {
  /** Local certificate authority. */
  readonly caFile: string;
  readonly database: { readonly host: string; readonly port: number };
  /** Issuer that the runtime itself serves, when the templates name one on this machine. */
  readonly issuer?: { readonly declared: string; readonly actual: string };
  /** Host names of the distribution's own, and the address it has here. */
  readonly cdn?: { readonly declared: readonly string[]; readonly actual: string };
}

/** Where Lambda keeps Amazon's certificate authorities. */
const lambdaCaFile = '/var/runtime/ca-cert.pem';

export function withLocalValues(
  declared: Readonly<Record<string, string>>,
  { caFile, database, issuer, cdn }: LocalFacts,
): Record<string, string> {
  const local = (value: string) => {
    if (value === issuer?.declared) return issuer.actual;
    if (cdn?.declared.some((name) => value === `https://${name}`)) return cdn.actual;
    return value.replaceAll(lambdaCaFile, caFile);
  };
  const variables = Object.fromEntries(Object.entries(declared).map(([name, value]) => [name, local(value)]));
  // RDS listens on 5432 everywhere, so templates may write the number instead of asking the instance for it.
  if (variables.DATABASE_HOST === database.host && variables.DATABASE_PORT) {
    variables.DATABASE_PORT = String(database.port);
  }
  // A public issuer is trusted by Node; the one on this machine has a certificate of the local authority.
  if (issuer && Object.values(variables).includes(issuer.actual)) variables.NODE_EXTRA_CA_CERTS = caFile;
  // Dual-stack names of AWS endpoints have no counterpart here, and S3 clients refuse them beside an endpoint URL.
  delete variables.AWS_USE_DUALSTACK_ENDPOINT;
  return variables;
}
