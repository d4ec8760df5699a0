import type { Mailbox } from '../mailbox';
import type { RestApiDefinition } from '../rest-api/definition';
import type { Declared } from '../system';

/** What the pages show of a runtime beside itself. */
export interface ConsoleContext {
  readonly api: RestApiDefinition;
  readonly declared: Declared;
  readonly mailbox: Mailbox;
  readonly caFile: string;
  /** Environment variables of a person's own tools. */
  readonly administrator: () => Readonly<Record<string, string>>;
  /** Where a user pool's domain is served. */
  readonly signInUrl: string;
  /** Where a distribution is served. */
  readonly cdnUrl: string;
  readonly environment?: string;
  readonly blueprint?: string;
  readonly stateDirectory: string;
  readonly postgresUrl?: string | undefined;
}
