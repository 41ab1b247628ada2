/**
 * Ids numbered in order of first mention, as a Map would.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import { IdTable } from "../../../src/config/id-table.ts";

test("ids keep their numbers", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 3 })), (ids) => {
      const table = new IdTable(ids.length);
      const known = new Map<string, number>();
      for (const id of ids) {
        expect(table.find(id)).toBe(known.get(id));
        if (!known.has(id)) known.set(id, known.size);
        expect(table.add(id)).toBe(known.get(id));
      }
      expect(table.count).toBe(known.size);
    }),
  );
});

test("many ids in a row are all found again", () => {
  const table = new IdTable(20_000);
  for (let id = 0; id < 20_000; id++) expect(table.add(`session/${id}`)).toBe(id);
  for (let id = 0; id < 20_000; id++) expect(table.find(`session/${id}`)).toBe(id);
  expect(table.find("session/20000")).toBeUndefined();
});
