import { testSamples } from '../../support/extraction-samples';
import { markdownSamples, textSamples } from '../../support/samples/plain-text';

describe('TXT', () => testSamples(textSamples));
describe('Markdown', () => testSamples(markdownSamples, 14));
