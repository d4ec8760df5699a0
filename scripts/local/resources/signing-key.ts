/** The custom resource that makes a key pair: its own function makes it, as in a deployment on AWS. */
import * as z from 'zod';
import { type Handlers, properties, textOf } from './handler';

const answerSchema = z.object({
  Status: z.enum(['SUCCESS', 'FAILED']),
  Reason: z.string().optional(),
  PhysicalResourceId: z.string(),
  Data: z.object({ PublicKey: z.string() }).optional(),
});

export const signingKeyHandlers: Handlers = {
  'Custom::SigningKey': {
    properties: properties(['SecretId', 'ServiceToken'], {
      ServiceTimeout: 'The timeout of the function holds.',
    }),
    create: async (resource, { functions }) => {
      // The secret outlives a restart, and the function answers the key that it holds already.
      const result = await functions.invoke(textOf(resource, 'ServiceToken'), {
        RequestType: 'Create',
        LogicalResourceId: resource.logicalId,
        ResourceProperties: resource.properties,
      });
      if (!result.ok) throw new Error(`${result.error.errorType}: ${result.error.errorMessage}`);
      const { Status, Reason, PhysicalResourceId, Data } = answerSchema.parse(result.payload);
      if (Status === 'FAILED' || !Data) throw new Error(Reason ?? 'its function gave no reason');
      return { ref: PhysicalResourceId, attributes: { PublicKey: Data.PublicKey } };
    },
  },
};
