/** Something that would make a deployment fail, or succeed at the wrong thing. */
export interface Obstacle {
  readonly what: string;
  readonly fix: string;
}
