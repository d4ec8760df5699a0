import * as z from 'zod';
import { text } from './fields';

export const permissionsBoundarySchema = text(
  /^arn:aws[a-z-]*:iam::\d{12}:policy\/[\w+=,.@/-]{1,640}$/,
  'the ARN of a managed policy of yours, arn:aws:iam::<account>:policy/<name>',
)
  .optional()
  .describe(
    'Managed policy that limits every role of the stacks, whatever its own policies say: the permissions boundary. Without it roles have none.',
  );

export const githubSchema = z
  .strictObject({
    repository: text(
      /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/[A-Za-z0-9._-]{1,100}$/,
      'owner/name as GitHub shows them, without a wildcard',
    ).describe('The repository whose jobs may deploy.'),
    environment: text(
      // A colon would begin the next part of what the token says, and a wildcard would be compared as one.
      /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,254}$/,
      'the name of a GitHub environment: letters, digits, spaces, dots, hyphens and underscores',
    ).describe(
      "The GitHub environment that a job has to run in, with that environment's approvals and branches.",
    ),
    providerArn: text(
      /^arn:aws[a-z-]*:iam::\d{12}:oidc-provider\/token\.actions\.githubusercontent\.com$/,
      "the ARN of GitHub's identity provider, arn:aws:iam::<account>:oidc-provider/token.actions.githubusercontent.com",
    )
      .optional()
      .describe(
        'The identity provider of GitHub when the account has one already; an account has room for one. Without it the stack makes it.',
      ),
    qualifier: text(/^[a-z0-9]{1,10}$/, '1 to 10 lower-case letters and digits')
      .optional()
      .describe(
        'The `--qualifier` of the CDK bootstrap that this environment is deployed through. Needed where an account and region hold several environments, because the roles of a bootstrap take the policies of one. Without it: the bootstrap without a qualifier.',
      ),
  })
  .optional()
  .describe(
    'Makes the stack `deployment`: the role of jobs at GitHub, and policies for the role that CloudFormation works with. An administrator deploys it once.',
  );
