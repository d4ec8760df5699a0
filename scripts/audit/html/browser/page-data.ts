/** What the page carries for its script, as JSON. */
import type { Flow } from '../graph-columns';
import type { Facts, Searchable } from './matching';

export interface PageStatement {
  readonly searchable: Searchable;
  readonly facts: Facts;
  readonly flow: Flow;
  readonly kind: 'identity' | 'trust' | 'resource';
}

export interface PageData {
  readonly principals: number;
  /** In the order of `data-statement`. */
  readonly statements: readonly PageStatement[];
}
