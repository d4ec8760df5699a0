import { existsSync } from 'node:fs';
import path from 'node:path';
import { acknowledgementsFile, assemblyDirectory, readJson } from '../../support/assembly';
import { allVariants } from '../../support/variants';

interface Report {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly violations: readonly {
      readonly ruleName: string;
      readonly violatingConstructs: readonly Place[];
    }[];
    readonly suppressedViolations?: readonly {
      readonly acknowledgedId: string;
      readonly acknowledgedAt: string;
      readonly reason: string;
    }[];
  }[];
}
interface Place {
  readonly constructPath: string;
}

const report = (variant: string): Report => {
  const file = path.join(assemblyDirectory(variant), 'validation-report.json');
  if (!existsSync(file)) throw new Error(`${file} is missing: was the variant audited?`);
  return readJson(file);
};

test.each(allVariants())('$name has no open finding of any audit pack', ({ name }) => {
  const open = report(name).pluginReports.flatMap(({ pluginName, violations }) =>
    violations.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${pluginName} ${ruleName} ${constructPath}`),
    ),
  );
  expect(open).toEqual([]);
});

test('prod answers to all five packs, the others to AwsSolutions', () => {
  const packs = (variant: string) => report(variant).pluginReports.map(({ pluginName }) => pluginName);
  const full = ['AwsSolutions', 'NIST.800.53.R5', 'HIPAA.Security', 'PCI.DSS.321', 'Serverless'];
  expect(packs('prod-platform')).toEqual(expect.arrayContaining(full));
  expect(packs('dev-platform').filter((pack) => full.includes(pack))).toEqual(['AwsSolutions']);
});

/** Without environment and region, so that an acknowledgement that only prod needs counts as used everywhere. */
const place = (id: string, constructPath: string) =>
  `${id} at ${constructPath}`
    .replace(/landfall-[a-z]+-/g, 'landfall-ENV-')
    .replace('monitoring-global', 'monitoring');

test('every acknowledgement silences a finding somewhere: none is left over from a resource that is fine now', () => {
  const declared = new Set<string>();
  const used = new Set<string>();
  for (const { name } of allVariants()) {
    const file = path.join(assemblyDirectory(name), acknowledgementsFile);
    for (const { id, path: at } of readJson<{ id: string; path: string }[]>(file))
      declared.add(place(id, at));
    for (const { suppressedViolations = [] } of report(name).pluginReports) {
      for (const { acknowledgedId, acknowledgedAt } of suppressedViolations) {
        used.add(place(acknowledgedId, acknowledgedAt));
      }
    }
  }
  expect([...declared].filter((entry) => !used.has(entry)).sort()).toEqual([]);
});

test('every acknowledgement gives a reason that is a sentence', () => {
  for (const { name } of allVariants()) {
    for (const { suppressedViolations = [] } of report(name).pluginReports) {
      for (const { acknowledgedId, reason } of suppressedViolations) {
        expect({ acknowledgedId, words: reason.split(/\s+/).length >= 5 }).toEqual({
          acknowledgedId,
          words: true,
        });
      }
    }
  }
});
