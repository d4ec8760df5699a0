import { existsSync } from 'node:fs';
import path from 'node:path';
import { acknowledgementsIn } from '../../../lib/guardrails/acknowledgements';
import { ownerOf } from '../../../lib/guardrails/owners';
import { assemblyDirectory, readJson, stackNames } from '../../support/assembly';
import { allVariants } from '../../support/variants';

interface Report {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly violations: readonly {
      readonly ruleName: string;
      readonly violatingConstructs: readonly Place[];
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
const place = ({ id, path: at }: { readonly id: string; readonly path: string }) =>
  `${id} at ${at}`.replace(/landfall-[a-z]+-/g, 'landfall-ENV-').replace('monitoring-global', 'monitoring');

const accepted = new Map(
  allVariants().map(({ name }) => [name, acknowledgementsIn(assemblyDirectory(name))]),
);
const everything = [...accepted.values()].flat();

test('every acknowledgement silences a finding somewhere: none is left over from a resource that is fine now', () => {
  const used = new Set(everything.filter((entry) => entry.used).map(place));
  expect(used.size).toBeGreaterThan(100);
  const unused = new Set(everything.map(place).filter((entry) => !used.has(entry)));
  expect([...unused].sort()).toEqual([]);
});

test('nothing is accepted past the house: what the CDK knows of has an owner and a date', () => {
  const ofTheCdk = 'aws:cdk:acknowledged-rules';
  for (const { name } of allVariants()) {
    const known = stackNames(name).flatMap((stack) =>
      Object.entries(
        readJson<Record<string, { type: string; data: object }[]>>(
          path.join(assemblyDirectory(name), `${stack}.metadata.json`),
        ),
      ).flatMap(([at, entries]) =>
        entries
          .filter(({ type }) => type === ofTheCdk)
          .flatMap(({ data }) => Object.keys(data))
          .map((id) => `${id} at ${at.slice(1)}`),
      ),
    );
    const ours = accepted.get(name)?.map(({ id, path: at }) => `${id} at ${at}`);
    expect({ name, accepted: new Set(known) }).toEqual({ name, accepted: new Set(ours) });
  }
});

test('every stack has an owner', () => {
  const names = new Set(allVariants().flatMap(({ name }) => stackNames(name)));
  expect([...names].filter((name) => ownerOf(name) === undefined)).toEqual([]);
  expect(everything.filter(({ owner }) => owner === undefined)).toEqual([]);
});

test('every acknowledgement gives a reason that is a sentence', () => {
  const wordy = ({ reason }: { readonly reason: string }) => reason.split(/\s+/).length >= 5;
  expect(everything.filter((entry) => !wordy(entry))).toEqual([]);
});

test('nothing was accepted before there was a project, or is accepted as of a day to come', () => {
  // A day has begun somewhere on earth before it has here; what is in the past stays there.
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const outside = everything.filter(({ date }) => date < '2026-11-20' || date > tomorrow);
  expect(outside).toEqual([]);
});
