import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CloudFormationValidatePlugin, type IPolicyValidationContext } from 'aws-cdk-lib';
import { assemblyDirectory, stackNames } from '../support/assembly';
import { allVariants } from '../support/variants';

const broken = mkdtempSync(path.join(tmpdir(), 'landfall-validation-'));
afterAll(() => rmSync(broken, { recursive: true }));

// Each environment once: another blueprint of the same one has fewer resources and no others.
const variants = allVariants().filter(({ blueprint }) => blueprint.name === 'platform');
const templates = (variant: string): string[] =>
  stackNames(variant).map((name) => path.join(assemblyDirectory(variant), `${name}.template.json`));

let findings: string[];
beforeAll(() => {
  const invalid = path.join(broken, 'landfall-broken-storage.template.json');
  const properties = { VersioningConfiguration: { Status: 'Sometimes' } };
  writeFileSync(
    invalid,
    JSON.stringify({ Resources: { Photos: { Type: 'AWS::S3::Bucket', Properties: properties } } }),
  );

  // One call for everything: the engine takes seconds and 400 MB to start, and starts anew for new resource types.
  const files = [...variants.flatMap(({ name }) => templates(name)), invalid];
  const stackTemplates = files.map((templatePath) => ({
    templatePath,
    stackConstructPath: path.basename(templatePath, '.template.json'),
    region:
      variants.find(({ environment: { name } }) =>
        path.basename(templatePath).startsWith(`landfall-${name}-`),
      )?.environment.region ?? 'us-east-1',
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

test.each(variants)('CloudFormation would accept every template of $name', ({ name, environment }) => {
  expect(templates(name).length).toBeGreaterThanOrEqual(8);
  expect(findings.filter((finding) => finding.startsWith(`landfall-${environment.name}-`))).toEqual([]);
});

test('a template that CloudFormation would refuse is found', () => {
  expect(findings.filter((finding) => finding.startsWith('landfall-broken-storage/Photos'))).not.toEqual([]);
});
