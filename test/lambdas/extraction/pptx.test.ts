import { testSamples } from '../../support/extraction-samples';
import { pptxSamples } from '../../support/samples/pptx';

describe('PPTX', () => testSamples(pptxSamples));
