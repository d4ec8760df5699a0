/**
 * Writes docs/configuration.md from the schemas, the shipped environments and the rules, so that the page
 * cannot say anything that the code does not do. Usage: npm run docs -- --help
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as z from 'zod';
import { blueprints } from '../lib/config/blueprints';
import { environments } from '../lib/config/environments';
import { rules } from '../lib/config/rules';
import { blueprintSchema, environmentSchema } from '../lib/config/schema';
import { entryFieldsOf, expectation, fieldsOf, unwrap } from '../lib/config/schema-words';
import { runWithoutArguments } from './command';

interface Leaf {
  readonly path: readonly string[];
  readonly schema: z.ZodType;
  readonly optional: boolean;
}

interface Section {
  readonly title: string;
  readonly description: string;
  readonly leaves: readonly Leaf[];
}

const introduction = `# Configuration

<!-- Written by \`npm run docs\` from lib/config. Do not edit: change the schema's descriptions instead. -->

Two plain objects describe a deployment. An **environment** (\`lib/config/environments/\`) says where and how
big; a **blueprint** (\`lib/config/blueprints/\`) says which capabilities, and which providers stay what they are.

\`\`\`sh
npm run synth -- -c env=prod -c blueprint=documents
\`\`\`

Without them, \`env\` is \`dev\` and \`blueprint\` is \`platform\`. A configuration with faults is refused before
anything is built, with every fault in one message: where it is, what was found, what is expected, how to fix it.

**Add an environment**: write \`lib/config/environments/<name>.ts\` (copy the one that is nearest), name it in
\`lib/config/environments/index.ts\`, run \`npm run docs\`. Every test and guard loops over all environments. A
blueprint is added in the same way.

In the tables, **Accepts** is what the schema takes, and the columns after it are what the shipped environments
say. *Optional* settings may be left out; *not set* means that the environment does.`;

/** The whole page. */
export function configurationReference(): string {
  const sections = [
    ...sectionsOf(environmentSchema, 'Environment', 'Where, how big, and what may be lost.').map((section) =>
      renderSection(section, environments),
    ),
    ...sectionsOf(blueprintSchema, 'Blueprint', 'What is deployed.').map((section) =>
      renderSection(section, blueprints),
    ),
  ];
  return `${[introduction, ...sections, renderRules()].join('\n\n')}\n`;
}

/** The fields of the root, then one section for each object below it. */
function sectionsOf(schema: z.ZodType, title: string, description: string): readonly Section[] {
  const fields = Object.entries(fieldsOf(schema) ?? {});
  const direct = fields.filter(([, field]) => !fieldsOf(field));
  const nested = fields.filter(([, field]) => fieldsOf(field));
  return [
    { title, description, leaves: direct.flatMap(([key, field]) => leavesOf(field, [key], false)) },
    ...nested.map(([key, field]) => ({
      title: `${title}: \`${key}\``,
      description: unwrap(field).schema.description ?? '',
      leaves: leavesOf(field, [key], false),
    })),
  ];
}

function leavesOf(schema: z.ZodType, path: readonly string[], optional: boolean): readonly Leaf[] {
  const here = unwrap(schema);
  const fields = fieldsOf(schema);
  const isOptional = optional || here.optional;
  if (!fields) {
    const entry = [...path.slice(0, -1), `${path.at(-1)}[]`];
    return [
      { path, schema, optional: isOptional },
      // What the environments say is in the row of the list.
      ...Object.entries(entryFieldsOf(schema) ?? {}).flatMap(([key, field]) =>
        leavesOf(field, [...entry, key], false),
      ),
    ];
  }
  // The object of an optional group gets a row of its own, which says what the group is for.
  const group = here.optional ? [{ path, schema, optional: true }] : [];
  return [
    ...group,
    ...Object.entries(fields).flatMap(([key, field]) => leavesOf(field, [...path, key], isOptional)),
  ];
}

function renderSection(section: Section, columns: Readonly<Record<string, object>>): string {
  const names = Object.keys(columns);
  const header = ['Setting', 'Meaning', 'Accepts', ...names.map((name) => `\`${name}\``)];
  const rows = section.leaves.map((leaf) => [
    `\`${leaf.path.join('.')}\``,
    `${leaf.schema.description ?? unwrap(leaf.schema).schema.description ?? ''}${leaf.optional ? ' *Optional.*' : ''}`,
    accepted(leaf.schema),
    ...names.map((name) =>
      fieldsOf(leaf.schema) || leaf.path.some((key) => key.endsWith('[]'))
        ? ''
        : value(valueAt(columns[name], leaf.path)),
    ),
  ]);
  return [`## ${section.title}`, '', section.description, '', table(header, rows)].join('\n');
}

function accepted(schema: z.ZodType): string {
  if (fieldsOf(schema)) return 'the settings below';
  return entryFieldsOf(schema) ? 'a list, each with the settings below' : expectation(schema);
}

function renderRules(): string {
  const sentences = rules.map(({ rule }) => `- ${rule.charAt(0).toUpperCase()}${rule.slice(1)}.`);
  return ['## Rules between settings', '', ...sentences].join('\n');
}

const table = (header: readonly string[], rows: readonly (readonly string[])[]) =>
  [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function value(found: unknown): string {
  if (found === undefined) return '*not set*';
  if (Array.isArray(found))
    return found.length === 0
      ? '*none*'
      : found.map((entry) => `\`${typeof entry === 'string' ? entry : JSON.stringify(entry)}\``).join('<br>');
  if (typeof found === 'object' && found !== null) {
    return Object.entries(found)
      .map(([key, entry]) => `\`${key}: ${entry}\``)
      .join('<br>');
  }
  return `\`${found}\``;
}

const valueAt = (root: unknown, path: readonly string[]) =>
  path.reduce((current, key) => (current as Record<string, unknown> | undefined)?.[key], root);

const help = `npm run docs

Writes docs/configuration.md from the schemas, the shipped environments and the rules.

Exit codes: 0 written, 1 not written, 2 wrong usage.`;

function main(): void {
  writeFileSync(join(__dirname, '..', 'docs', 'configuration.md'), configurationReference());
  console.error('Wrote docs/configuration.md');
}

if (require.main === module) void runWithoutArguments(help, main);
