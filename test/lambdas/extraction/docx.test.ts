import { testSamples } from '../../support/extraction-samples';
import { docxSamples } from '../../support/samples/docx';

describe('DOCX', () => testSamples(docxSamples));
