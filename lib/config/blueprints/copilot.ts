import type { Blueprint } from '../schema';

export const copilot: Blueprint = {
  name: 'copilot',
  description: 'Knowledge and customer documents that become searchable text; so far its files only.',
  capabilities: ['documents'],
  documentFormats: ['pdf', 'docx', 'doc', 'pptx', 'txt'],
  database: 'rds',
  identity: 'oidc',
  cache: 'none',
};
