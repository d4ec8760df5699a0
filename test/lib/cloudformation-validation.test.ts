import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CloudFormationValidatePlugin, type IPolicyValidationContext } from 'aws-cdk-lib';
import { environments as shipped } from '../../lib/config/environments';
import { assemblyDirectory, stackNames } from '../support/assembly';

const broken = mkdtempSync(path.join(tmpdir(), 'landfall-validation-'));
afterAll(() => rmSync(broken, { recursive: true }));

const environments = Object.keys(shipped);
const templates = (environment: string): string[] => {
  const variant = `${environment}-platform`;
  return stackNames(variant).map((name) => path.join(assemblyDirectory(variant), `${name}.template.json`));
};

let findings: string[];
beforeAll(() => {
  const invalid = path.join(broken, 'landfall-broken-storage.template.json');
  const properties = { VersioningConfiguration: { Status: 'Sometimes' } };
  writeFileSync(
    invalid,
    JSON.stringify({ Resources: { Photos: { Type: 'AWS::S3::Bucket', Properties: properties } } }),
  );

  // One call for everything: the engine takes seconds and 400 MB to start, and starts anew for new resource types.
  const files = [...environments.flatMap(templates), invalid];
  const stackTemplates = files.map((templatePath) => ({
    templatePath,
    stackConstructPath: path.basename(templatePath, '.template.json'),
    region:
      Object.values(shipped).find(({ name }) => path.basename(templatePath).startsWith(`landfall-${name}-`))
        ?.region ?? 'us-east-1',
  }));
  const context = { templatePaths: files, stackTemplates } as unknown as IPolicyValidationContext;
  findings = new CloudFormationValidatePlugin()
    .validate(context)
    .violations.flatMap(({ ruleName, description, violatingResources }) =>
      violatingResources.map(
        (resource) =>
          `${path.basename(resource.templatePath ?? '', '.template.json')}/${resource.resourceLogicalId}: ` +
          `${ruleName} ${description}`,
      ),
    );
});

test.each(environments)('CloudFormation would accept every template of %s', (environment) => {
  expect(templates(environment).length).toBeGreaterThanOrEqual(8);
  expect(findings.filter((finding) => finding.startsWith(`landfall-${environment}-`))).toEqual([]);
});

test('a template that CloudFormation would refuse is found', () => {
  expect(findings.filter((finding) => finding.startsWith('landfall-broken-storage/Photos'))).not.toEqual([]);
});
