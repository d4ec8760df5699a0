import type { Blueprint } from '../schema';

export const resumes: Blueprint = {
  name: 'resumes',
  description: 'Jobs and their candidates: resumes, one by one or as a ZIP, become text and a profile.',
  capabilities: ['resumes'],
  documentFormats: [],
  database: 'rds',
  identity: 'cognito',
  cache: 'none',
};
