/** The ways callers name a function: name, partial ARN or ARN, each with or without a qualifier. */
import { AwsError } from '../errors';

export interface FunctionName {
  readonly name: string;
  /** Version or alias; undefined for the unpublished code. */
  readonly qualifier: string | undefined;
  /** With the qualifier, where there is one: what policies name. */
  readonly arn: string;
}

const pattern =
  /^(?:(?:arn:aws[\w-]*:lambda:(?<region>[a-z0-9-]+):)?(?<account>\d{12}):function:|function:)?(?<name>[\w-]{1,64})(?::(?<qualifier>\$LATEST|[\w-]{1,128}))?$/;

/**
 * @param sent as it is in the path
 * @param asked the query's Qualifier
 * @throws AwsError InvalidParameterValueException; ResourceNotFoundException for another region or account
 */
export function readFunctionName(
  sent: string,
  asked: string | undefined,
  { region, accountId }: { readonly region: string; readonly accountId: string },
): FunctionName {
  const { name, qualifier = asked, ...place } = pattern.exec(sent)?.groups ?? {};
  if (name === undefined || (qualifier !== undefined && !/^(?:\$LATEST|[\w-]{1,128})$/.test(qualifier)))
    throw new AwsError('InvalidParameterValueException', `${sent} names no function.`);
  if (asked !== undefined && asked !== qualifier)
    throw new AwsError(
      'InvalidParameterValueException',
      'The derived qualifier from the function name does not match the specified qualifier.',
    );
  const arn = `arn:aws:lambda:${region}:${accountId}:function:${name}${qualifier === undefined ? '' : `:${qualifier}`}`;
  if ((place.region ?? region) !== region || (place.account ?? accountId) !== accountId)
    throw functionNotFound(sent);
  return { name, qualifier, arn };
}

export const functionNotFound = (arn: string): AwsError =>
  new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, 404);
