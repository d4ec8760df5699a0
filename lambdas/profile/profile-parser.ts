import type { Profile } from './schema';

export interface ParseOptions {
  /** ISO 639-1 of the text, as the extraction found it; decides which country a local phone number is of. */
  readonly language: string | null;
}

/**
 * Makes data of the text of a resume.
 *
 * `ruleParser` is the one there is. Another one, such as a model behind an API, is chosen where the worker is put
 * together (`lambdas/candidates-worker/handler.ts`): it implements this interface, answers what `profileSchema`
 * accepts, throws for what another try may cure, and needs its own timeout below the worker's, its key from
 * Secrets Manager, and a decision that resumes, which are personal data, may leave for it.
 */
export interface ProfileParser {
  parse(text: string, options: ParseOptions): Promise<Profile>;
}
