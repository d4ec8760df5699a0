import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type CfnSecret, type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge, regulated } from './acknowledge';
import { type FunctionDefaults, NodeFunction } from './function';
import { grantKeyThrough } from './key-use';
import { applyRemoval, removalPolicy } from './removal';

/** What it takes to sign URLs that a distribution accepts. */
export interface UrlSigner {
  /** Id by which CloudFront knows the key. */
  readonly keyPairId: string;
  /** `{"privateKey": "<PEM>"}`. */
  readonly secret: ISecret;
  /** Key of our own that encrypts the secret. @default the key that AWS manages for Secrets Manager */
  readonly secretKey?: IKey | undefined;
}

export interface SigningKeysProps extends FunctionDefaults {
  /** One key pair each. The first signs, all are accepted; a name that goes takes its pair along. */
  readonly names: readonly string[];
}

/**
 * Key pairs for signed URLs. A private key is made by a function during the deployment and is nowhere but in its
 * secret: no template, no log and no answer ever holds it.
 */
export class SigningKeys extends Construct {
  readonly keyGroup: cloudfront.KeyGroup;
  readonly signer: UrlSigner;
  readonly function: NodeFunction;

  constructor(scope: Construct, id: string, props: SigningKeysProps) {
    super(scope, id);
    const { names, ...defaults } = props;
    this.function = new NodeFunction(this, 'Function', {
      ...defaults,
      bundle: 'signing-key',
      description: 'Makes a key pair for signed URLs during a deployment',
      memoryMiB: 512,
      // Longer than it repeats what IAM does not permit yet.
      timeoutSeconds: 60,
      network: { reason: 'Uses neither database nor cache, only Secrets Manager.', date: '2026-11-26' },
      reservedConcurrency: {
        reason: 'Runs once per key, and CloudFormation waits for it.',
        date: '2026-11-26',
      },
      deadLetterQueue: {
        reason: 'CloudFormation hears of every failure: by the answer, or by the timeout of the resource.',
        date: '2026-11-26',
      },
    });
    const pairs = names.map((name) => this.#createPair(name, defaults));
    const [first] = pairs;
    if (!first) throw new Error('storage.signingKeys was expected to name at least one key, and is empty');
    this.#allow(
      pairs.map(({ secret }) => secret),
      defaults.encryption.data,
    );
    this.keyGroup = new cloudfront.KeyGroup(this, 'Group', {
      comment: `Keys whose URLs ${Stack.of(this).stackName} accepts`,
      items: pairs.map(({ publicKey }) => publicKey),
    });
    this.signer = {
      keyPairId: first.publicKey.publicKeyId,
      secret: first.named,
      secretKey: defaults.encryption.data,
    };
  }

  #createPair(name: string, { removal, encryption }: FunctionDefaults) {
    const secret = new Secret(this, `Private-${name}`, {
      description: `Private key ${name} for signed URLs`,
    });
    const resource = secret.node.defaultChild as CfnSecret;
    // The L2 construct would have a password made, which the function could not tell from a value of somebody else.
    resource.generateSecretString = undefined;
    // And it would add to the policy of the key, which leaves to IAM already who in this account may use it.
    if (encryption.data) resource.kmsKeyId = encryption.data.keyArn;
    applyRemoval(secret, removalPolicy(removal));
    acknowledge(
      secret,
      {
        reason:
          'CloudFront and the signing functions change keys in a fixed order that a rotation function cannot keep: ' +
          'a name is added, moved to the front and removed by three deployments (runbook, "Change the signing key").',
        date: '2026-11-26',
      },
      'AwsSolutions-SMG4',
      ...regulated('SecretsManagerRotationEnabled', ['nist', 'hipaa']),
    );
    const pair = new CustomResource(this, `Pair-${name}`, {
      resourceType: 'Custom::SigningKey',
      serviceToken: this.function.functionArn,
      // Without it a function that dies unheard would hold the deployment up for an hour.
      serviceTimeout: Duration.minutes(5),
      properties: { SecretId: secret.secretArn },
    });
    const publicKey = new cloudfront.PublicKey(this, `Public-${name}`, {
      comment: `Public key ${name} for signed URLs`,
      encodedKey: pair.getAttString('PublicKey'),
    });
    // Other stacks name the secret by the pair, which answers its ARN, and so refer to it weakly: an export of the
    // secret itself could not be let go while a stack imports it, and no key could ever follow another.
    const named = Secret.fromSecretCompleteArn(this, `Named-${name}`, pair.ref);
    return { secret, publicKey, named };
  }

  #allow(secrets: readonly ISecret[], key: IKey | undefined): void {
    this.function.addToRolePolicy(
      new PolicyStatement({
        actions: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'],
        resources: secrets.map(({ secretArn }) => secretArn),
      }),
    );
    grantKeyThrough('secretsmanager', key, this.function, 'kms:Decrypt', 'kms:GenerateDataKey');
  }
}
