import { type IResource, MockIntegration, PassthroughBehavior } from 'aws-cdk-lib/aws-apigateway';

const allowedHeaders = 'Authorization,Content-Type,Idempotency-Key';
/** Seconds a browser remembers a preflight; Chrome's own limit is 7200. */
const maxAge = 7200;

/**
 * Answers preflight requests without waking a function. The origin is compared, not matched as a pattern: the
 * CDK's own preflight turns every dot of an origin into a wildcard.
 */
export function addPreflight(
  resource: IResource,
  origins: readonly string[],
  methods: readonly string[],
): void {
  if (origins.length === 0) return;
  const comparison = origins.map((origin) => `$origin == "${origin}"`).join(' || ');
  const template = [
    '#set($origin = $input.params().header.get("Origin"))',
    '#if(!$origin)#set($origin = $input.params().header.get("origin"))#end',
    `#if(${comparison})#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)#end`,
  ].join('\n');

  const header = (name: string) => `method.response.header.${name}`;
  const headers: Record<string, string> = {
    'Access-Control-Allow-Headers': `'${allowedHeaders}'`,
    'Access-Control-Allow-Methods': `'${[...methods, 'OPTIONS'].join(',')}'`,
    'Access-Control-Max-Age': `'${maxAge}'`,
    Vary: "'Origin'",
  };
  resource.addMethod(
    'OPTIONS',
    new MockIntegration({
      passthroughBehavior: PassthroughBehavior.NEVER,
      requestTemplates: { 'application/json': '{"statusCode": 204}' },
      integrationResponses: [
        {
          statusCode: '204',
          responseParameters: Object.fromEntries(
            Object.entries(headers).map(([name, value]) => [header(name), value]),
          ),
          responseTemplates: { 'application/json': template },
        },
      ],
    }),
    {
      operationName: 'preflight',
      methodResponses: [
        {
          statusCode: '204',
          responseParameters: Object.fromEntries(
            [...Object.keys(headers), 'Access-Control-Allow-Origin'].map((name) => [header(name), true]),
          ),
        },
      ],
    },
  );
}
