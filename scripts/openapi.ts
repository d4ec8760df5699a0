/** Writes docs/openapi.json. Usage: npm run openapi -- --help */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { blueprints } from '../lib/config/blueprints';
import { contractsOf } from '../lib/contracts';
import { openApiDocument } from '../lib/openapi';
import packageJson from '../package.json';
import { runWithoutArguments } from './command';

export const openApiFile = path.resolve(__dirname, '../docs/openapi.json');

/** The published document: the union of what all blueprints can do. */
export function publishedOpenApi(): string {
  const capabilities = [...new Set(Object.values(blueprints).flatMap((blueprint) => blueprint.capabilities))];
  const document = openApiDocument({ contracts: contractsOf(capabilities), version: packageJson.version });
  return `${JSON.stringify(document, null, 2)}\n`;
}

const help = `npm run openapi

Writes docs/openapi.json, the OpenAPI document of everything the shipped blueprints offer.

Exit codes: 0 written, 1 not written, 2 wrong usage.`;

function main(): void {
  writeFileSync(openApiFile, publishedOpenApi());
  console.error(`Wrote ${path.relative(process.cwd(), openApiFile)}`);
}

if (require.main === module) void runWithoutArguments(help, main);
