/** What text can be taken out of. */
export type Format = 'pdf' | 'docx' | 'pptx' | 'doc' | 'txt' | 'md';
