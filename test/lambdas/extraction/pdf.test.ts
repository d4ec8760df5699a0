import { testSamples } from '../../support/extraction-samples';
import { pdfSamples } from '../../support/samples/pdf';

describe('PDF', () => testSamples(pdfSamples));
