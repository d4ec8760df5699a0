import packageJson from '../../../package.json';
import type { ConsoleContext } from './context';

/** The API's OpenAPI document with this runtime as its only server. */
export async function localOpenApi(
  url: string,
  { environment = 'local', blueprint = 'platform' }: ConsoleContext,
) {
  // Loaded when somebody looks: the schemas are of no use to a running API.
  const [{ openApiDocument }, { contractsOf }, { loadConfig }] = await Promise.all([
    import('../../../lib/openapi'),
    import('../../../lib/contracts'),
    import('../../../lib/config/load'),
  ]);
  const contracts = contractsOf(loadConfig(environment, blueprint));
  const document = openApiDocument({ contracts, version: packageJson.version });
  return { ...document, servers: [{ url, description: 'This local runtime' }] };
}
