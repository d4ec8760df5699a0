import { App } from 'aws-cdk-lib';
import { buildApp } from '../lib/build-app';
import { loadConfig } from '../lib/config/load';

// `-c env=prod -c blueprint=documents`; the defaults are in cdk.json.
const { node } = new App({ autoSynth: false });
buildApp({
  ...loadConfig(node.getContext('env'), node.getContext('blueprint')),
  // The CDK's own switch for its validation of templates; the inner loop wants neither.
  audited: process.env.CDK_VALIDATION !== 'false',
});
