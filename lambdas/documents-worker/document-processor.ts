import {
  type ExtractedText,
  ExtractionError,
  type ExtractionLimits,
  type Extractor,
} from '../extraction/extraction';
import { formatOf, type MimeType } from '../shared/file-formats';
import { ProcessingFailure, type Processor } from '../shared/processing/processor';
import { worker } from './contract';
import { saveText } from './queries';

interface DocumentRow {
  readonly mime_type: MimeType;
}

/** Before the signal of the job aborts: then it is known that reading, and nothing else, took too long. */
const readingMilliseconds = (worker.secondsPerFile - 5) * 1000;

/** Takes the text out of a document. The codes of the extraction are those of the row. */
export function documentProcessor(
  extractor: Pick<Extractor, 'extract'>,
  limits: Partial<ExtractionLimits>,
): Processor<DocumentRow, ExtractedText> {
  return {
    table: 'documents',
    columns: ['mime_type'],
    secondsPerFile: worker.secondsPerFile,
    process: async ({ row, object, signal }) => {
      try {
        return await extractor.extract(
          object,
          formatOf(row.mime_type),
          { milliseconds: readingMilliseconds, ...limits },
          signal,
        );
      } catch (error) {
        if (!(error instanceof ExtractionError)) throw error;
        throw new ProcessingFailure(error.code, error.message, { cause: error });
      }
    },
    save: saveText,
  };
}
