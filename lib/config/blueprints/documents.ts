import type { Blueprint } from '../schema';

export const documents: Blueprint = {
  name: 'documents',
  description: 'Documents only, for an application that keeps its own sign-in (any OpenID Connect issuer).',
  capabilities: ['documents'],
  documentFormats: ['pdf', 'docx'],
  database: 'rds',
  identity: 'oidc',
  cache: 'none',
};
