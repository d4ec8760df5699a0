import {
  type ExtractedText,
  ExtractionError,
  type ExtractionLimits,
  type Extractor,
} from '../extraction/extraction';
import type { ProfileParser } from '../profile/profile-parser';
import type { Profile } from '../profile/schema';
import { formatOf, type MimeType } from '../shared/file-formats';
import { ProcessingFailure, type Processor } from '../shared/processing/processor';
import { worker } from './contract';

interface CandidateRow {
  readonly mime_type: MimeType;
}

export interface Resume extends Pick<ExtractedText, 'pages' | 'language'> {
  readonly profile: Profile;
}

/** Before the signal of the job aborts: then it is known that reading, and nothing else, took too long. */
const readingMilliseconds = (worker.secondsPerFile - 5) * 1000;

/** Makes a profile of a resume. The codes of the extraction are those of the row; its text is not kept. */
export function candidateProcessor(
  extractor: Pick<Extractor, 'extract'>,
  parser: ProfileParser,
  limits: Partial<ExtractionLimits>,
): Processor<CandidateRow, Resume> {
  return {
    table: 'candidates',
    columns: ['mime_type'],
    secondsPerFile: worker.secondsPerFile,
    async process({ row, object, signal }) {
      const format = formatOf(row.mime_type);
      const { text, pages, language } = await extractor
        .extract(object, format, { milliseconds: readingMilliseconds, ...limits }, signal)
        .catch((error) => {
          if (!(error instanceof ExtractionError)) throw error;
          throw new ProcessingFailure(error.code, error.message, { cause: error });
        });
      return { profile: await parser.parse(text, { language }), pages, language };
    },
    async save(query, { id }, { profile, pages, language }) {
      await query('update landfall.candidates set profile = $2, language = $3, pages = $4 where id = $1', [
        id,
        JSON.stringify(profile),
        language,
        pages,
      ]);
    },
  };
}
