import { testSamples } from '../../support/extraction-samples';
import { docSamples } from '../../support/samples/doc';

describe('DOC', () => testSamples(docSamples));
