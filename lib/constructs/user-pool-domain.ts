import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { UserPoolDomain } from 'aws-cdk-lib/aws-cognito';
import type { AuthConfig } from '../config/schema';
import type { UserPool } from './user-pool';

/**
 * Gives the pool its address. The pages behind it are Cognito's classic ones: a web ACL does not see requests to
 * the newer ones, which plan LITE does not have either.
 */
export function addDomain(userPool: UserPool, domain: NonNullable<AuthConfig['domain']>): UserPoolDomain {
  if ('prefix' in domain) {
    return userPool.addDomain('Domain', { cognitoDomain: { domainPrefix: domain.prefix } });
  }
  const certificate = Certificate.fromCertificateArn(userPool, 'Certificate', domain.certificateArn);
  return userPool.addDomain('Domain', { customDomain: { domainName: domain.name, certificate } });
}
