/** What somebody has to do something about. */
import { reviewDue } from '../../../lib/guardrails/acknowledgements';
import type { Acknowledgement, AuditReport, Finding } from './report';

export interface OpenItems {
  /** That fail the synthesis of the environment. */
  readonly findings: readonly Finding[];
  /** Accepted, and there is no such finding any more. */
  readonly stale: readonly Acknowledgement[];
  /** Accepted a year ago and earlier. */
  readonly overdue: readonly Acknowledgement[];
}

/** @param today as `2026-11-26` */
export function openItems({ findings, acknowledgements }: AuditReport, today: string): OpenItems {
  return {
    findings: findings.filter(({ gate }) => gate),
    stale: acknowledgements.filter(({ used }) => !used),
    overdue: acknowledgements.filter((one) => one.used && reviewDue(one, today)),
  };
}

export const isOpen = ({ findings, stale, overdue }: OpenItems): boolean =>
  findings.length + stale.length + overdue.length > 0;
