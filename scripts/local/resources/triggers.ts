/** `Trigger` of aws-cdk-lib: a function that runs during a deployment, here on every start. */
import { type Handlers, properties, textOf } from './handler';

export const triggerHandlers: Handlers = {
  'Custom::Trigger': {
    properties: properties(['HandlerArn', 'ServiceToken'], {
      ExecuteOnHandlerChange: 'Every start of the runtime is a deployment.',
      InvocationType: 'A start waits for the function, and fails when it fails.',
      Timeout: 'The timeout of the function holds.',
    }),
    create: (resource, system) => {
      system.declared.triggers.push({
        name: resource.logicalId,
        providerArn: textOf(resource, 'ServiceToken'),
        functionArn: textOf(resource, 'HandlerArn'),
      });
      return { ref: resource.generatedName };
    },
  },
};
