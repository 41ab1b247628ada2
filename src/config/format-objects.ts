/**
 * Objects that other programs read (Kubernetes, Compose), as YAML documents under a comment.
 */

import { Document } from "yaml";

/** One YAML document an object, without anchors; `comment` stands above them all. */
export function formatObjects(objects: readonly object[], comment: readonly string[]): string {
  const documents = objects.map((object) =>
    new Document(object, { aliasDuplicateObjects: false }).toString({ lineWidth: 0 }),
  );
  return [...comment.map((line) => `# ${line}\n`), documents.join("---\n")].join("");
}
