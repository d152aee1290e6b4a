/** What sample pictures are tagged with. */
export const sampleTag = 'sample';
