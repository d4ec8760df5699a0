/** Writes docs/openapi.json. Usage: npm run openapi -- --help */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadConfig } from '../lib/config/load';
import { contractsOf } from '../lib/contracts';
import { openApiDocument } from '../lib/openapi';
import packageJson from '../package.json';
import { runWithoutArguments } from './command';

export const openApiFile = path.resolve(__dirname, '../docs/openapi.json');

/** The published document: everything there is, which is what the platform offers on a laptop. */
export function publishedOpenApi(): string {
  const contracts = contractsOf(loadConfig('local', 'platform'));
  const document = openApiDocument({ contracts, version: packageJson.version });
  return `${JSON.stringify(document, null, 2)}\n`;
}

const help = `npm run openapi

Writes docs/openapi.json, the OpenAPI document of what blueprint platform offers in environment local.

Exit codes: 0 written, 1 not written, 2 wrong usage.`;

function main(): void {
  writeFileSync(openApiFile, publishedOpenApi());
  console.error(`Wrote ${path.relative(process.cwd(), openApiFile)}`);
}

if (require.main === module) void runWithoutArguments(help, main);
