/** What is made of every photo: pixels of the longest side at most. A smaller photo keeps its own. */
export const sizes = { small: 320, medium: 960, large: 2048 } as const;

export type SizeName = keyof typeof sizes;
const sizeNames = Object.keys(sizes) as [SizeName, ...SizeName[]];

/** Where the sizes of a photo lie: the only prefix that is delivered, and another one than that of originals. */
export const sizeFolder = (userId: string, photoId: string): string => `photos/${userId}/${photoId}/`;

export const sizeFile = (name: SizeName): string => `${name}.webp`;

export const sizeKey = (userId: string, photoId: string, name: SizeName): string =>
  sizeFolder(userId, photoId) + sizeFile(name);

/** The file as it was uploaded; nobody but its owner's export ever sees it again. */
export const originalKey = (userId: string, photoId: string): string => `originals/${userId}/${photoId}`;

/** Everything that a photo has in its bucket. */
export const photoKeys = (userId: string, photoId: string): string[] => [
  originalKey(userId, photoId),
  ...sizeNames.map((name) => sizeKey(userId, photoId, name)),
];
