import { Duration, Stack } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { CfnPermission } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { parseMailbox } from '../config/mailbox';
import type { AuthConfig } from '../config/schema';
import { acknowledge } from './acknowledge';
import type { NodeFunction } from './function';
import { applyRemoval, type Removal, removalPolicy } from './removal';

export interface UserPoolProps {
  readonly auth: AuthConfig;
  readonly removal: Removal;
}

/** A point of sign-up or sign-in at which Cognito asks a function. */
export type Step =
  | 'preSignUp'
  | 'postConfirmation'
  | 'preTokenGeneration'
  | 'userMigration'
  | 'defineAuthChallenge'
  | 'createAuthChallenge'
  | 'verifyAuthChallengeResponse';

const featurePlans: Record<AuthConfig['featurePlan'], cognito.FeaturePlan> = {
  LITE: cognito.FeaturePlan.LITE,
  ESSENTIALS: cognito.FeaturePlan.ESSENTIALS,
  PLUS: cognito.FeaturePlan.PLUS,
};

const mfa: Record<AuthConfig['mfa'], cognito.Mfa> = {
  off: cognito.Mfa.OFF,
  optional: cognito.Mfa.OPTIONAL,
  required: cognito.Mfa.REQUIRED,
};

/** The only user pool in the repository: people sign up and sign in by their e-mail address. */
export class UserPool extends cognito.UserPool {
  readonly #functions: Partial<Record<Step, string>> = {};

  constructor(scope: Construct, id: string, { auth, removal }: UserPoolProps) {
    super(scope, id, {
      signInAliases: { email: true },
      // Otherwise Ann@example.com and ann@example.com are two people.
      signInCaseSensitive: false,
      selfSignUpEnabled: true,
      autoVerify: { email: true },
      // A new address counts only once it is proven, or changing it would lock the user out.
      keepOriginal: { email: true },
      standardAttributes: { email: { required: true, mutable: true } },
      // Who somebody was before they moved here. Written once, by us: it decides whose data they see.
      customAttributes: {
        legacy_issuer: new cognito.StringAttribute({ mutable: false }),
        legacy_subject: new cognito.StringAttribute({ mutable: false }),
      },
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(1),
      },
      ...firstFactors(Stack.of(scope).region, auth),
      accountRecovery: cognito.AccountRecovery.EMAIL_ONLY,
      mfa: mfa[auth.mfa],
      // Codes by SMS cost money and can be intercepted; an authenticator app does neither.
      ...(auth.mfa === 'off' ? {} : { mfaSecondFactor: { otp: true, sms: false } }),
      featurePlan: featurePlans[auth.featurePlan],
      ...(auth.featurePlan === 'PLUS'
        ? { standardThreatProtectionMode: cognito.StandardThreatProtectionMode.FULL_FUNCTION }
        : {}),
      ...mail(auth.email),
      deletionProtection: auth.deletionProtection,
      removalPolicy: removalPolicy(removal),
    });

    for (const groupName of auth.groups) {
      const group = new cognito.CfnUserPoolGroup(this, `Group-${groupName}`, {
        groupName,
        userPoolId: this.userPoolId,
      });
      // Who is in it is nowhere else.
      applyRemoval(group, removalPolicy(removal));
    }
    if (auth.mfa !== 'required') {
      acknowledge(
        this,
        {
          reason:
            'Whether everybody needs a second factor is a product decision: auth.mfa in the configuration.',
          date: '2026-11-20',
        },
        'AwsSolutions-COG2',
      );
    }
    if (auth.featurePlan !== 'PLUS') {
      acknowledge(
        this,
        {
          reason: 'Threat protection costs per active user: auth.featurePlan in the configuration.',
          date: '2026-11-20',
        },
        'AwsSolutions-COG8',
      );
    }
  }

  /** Has Cognito ask the function at a step. CDK's own way would let pools of any account call it. */
  ask(step: Step, fn: NodeFunction): void {
    this.#functions[step] = fn.functionArn;
    (this.node.defaultChild as cognito.CfnUserPool).lambdaConfig = this.#functions;
    new CfnPermission(fn, 'UserPool', {
      action: 'lambda:InvokeFunction',
      functionName: fn.functionArn,
      principal: 'cognito-idp.amazonaws.com',
      sourceArn: this.userPoolArn,
      sourceAccount: Stack.of(this).account,
    });
  }
}

/** What people may begin a sign-in with; only a choice needs to be said, and plan LITE does not take it. */
function firstFactors(region: string, { signIn, passkeyDomain, domain }: AuthConfig): cognito.UserPoolProps {
  if (signIn.length === 1) return {};
  const passkey = signIn.includes('passkey');
  const hosted =
    domain && ('name' in domain ? domain.name : `${domain.prefix}.auth.${region}.amazoncognito.com`);
  const relyingParty = passkeyDomain ?? hosted;
  return {
    signInPolicy: {
      allowedFirstAuthFactors: { password: true, emailOtp: signIn.includes('email-otp'), passkey },
    },
    ...(passkey && {
      ...(relyingParty && { passkeyRelyingPartyId: relyingParty }),
      // A stolen device is then not enough: it asks for a finger, a face or its code.
      passkeyUserVerification: cognito.PasskeyUserVerification.REQUIRED,
    }),
  };
}

function mail(email: AuthConfig['email']): cognito.UserPoolProps {
  if (email.provider === 'cognito') return {};
  const { name, address, domain } = parseMailbox(email.from);
  return {
    email: cognito.UserPoolEmail.withSES({
      fromEmail: address,
      ...(name && { fromName: name }),
      sesVerifiedDomain: domain,
      ...(email.replyTo && { replyTo: parseMailbox(email.replyTo).address }),
      ...(email.configurationSet && { configurationSetName: email.configurationSet }),
      ...(email.region && { sesRegion: email.region }),
    }),
  };
}
