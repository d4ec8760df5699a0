/** Decisions for engines that are tested without policies. */
import type { Decision } from '../../lib/iam/access';
import type { Authorizer } from '../../scripts/local/aws/authorization';

export const allow: Decision = { effect: 'allow', by: [] };
export const deny: Decision = { effect: 'deny', reason: 'implicit', missing: 'identity' };

export const allowAll: Authorizer = async () => allow;
