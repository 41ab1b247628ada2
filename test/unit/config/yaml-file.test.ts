import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { quantity } from "../../../src/config/quantity.ts";
import { readYamlFile } from "../../../src/config/yaml-file.ts";
import { errorsOf, writeFiles } from "./errors-of.ts";

const schema = z.strictObject({
  size: quantity("size").optional(),
  count: z.int().min(1).optional(),
  names: z.array(z.string()).optional(),
  flag: z.boolean().optional(),
});

const SIZE = 'expected a size such as "80 GB" (units: B, kB, MB, GB, TB, KiB, MiB, GiB)';

function errorsOfText(text: string): string[] {
  const folder = writeFiles({ "f.yaml": text });
  return errorsOf(() => readYamlFile(join(folder, "f.yaml"), schema));
}

describe("reading a YAML file", () => {
  test("gives its value in base units, its hash and positions", () => {
    const text = "count: 2\nsize: 80 GB\n";
    const path = join(writeFiles({ "f.yaml": text }), "f.yaml");
    const { value, file, locate } = readYamlFile(path, schema);
    expect(value).toEqual({ count: 2, size: 80e9 });
    expect(file).toEqual({ path, sha256: createHash("sha256").update(text).digest("hex") });
    expect(locate(["size"])).toEqual({ file: path, line: 2, column: 7 });
    expect(locate(["size"], "key")).toEqual({ file: path, line: 2, column: 1 });
    expect(locate(["absent", 3])).toEqual({ file: path, line: 1, column: 1 });
  });

  test("shows files below the working directory by their relative path", () => {
    expect(errorsOf(() => readYamlFile("no/such.yaml", schema))).toEqual([
      "no/such.yaml: no such file",
    ]);
    expect(errorsOf(() => readYamlFile(join(process.cwd(), "no.yaml"), schema))).toEqual([
      "no.yaml: no such file",
    ]);
  });

  test("refuses a directory", () => {
    expect(errorsOf(() => readYamlFile("src", schema))).toEqual([
      "src is a directory (give the path of a YAML file in it)",
    ]);
  });

  test.each([
    ["an empty file", "# nothing\n", ["f.yaml the file is empty"]],
    ["a list", "- 1\n", ["f.yaml:1:1 expected a map of keys, got a list"]],
    [
      "a duplicate key",
      "count: 1\ncount: 2\n",
      ["f.yaml:2:1 a key appears twice in the same map (remove one of them)"],
    ],
    [
      "an alias that does not exist",
      "names: *other\n",
      ["f.yaml the alias *other has no anchor &other before it"],
    ],
    ["a bare number with a dimension", "size: 80\n", [`f.yaml:1:7 size: ${SIZE}, got 80`]],
    ["a unit of another kind", "size: 80 s\n", [`f.yaml:1:7 size: ${SIZE}, got "80 s"`]],
    [
      "several at once",
      "cuont: 3\nnames: [a, 2]\nflag: 'yes'\ncount: 0\n",
      [
        'f.yaml:1:1 unknown key "cuont" (did you mean count?)',
        "f.yaml:2:12 names[1]: expected text, got 2",
        'f.yaml:3:7 flag: expected true or false, got "yes"',
        "f.yaml:4:8 count: expected a number of at least 1, got 0",
      ],
    ],
    [
      "an unlike key",
      "zebra: 1\n",
      ['f.yaml:1:1 unknown key "zebra" (known keys: size, count, names, flag)'],
    ],
    [
      "a second document",
      "count: 1\n---\ncount: 2\n",
      ["f.yaml:2:1 a second YAML document starts here (keep only one)"],
    ],
    [
      "an alias inside of what it names",
      "names: &all [*all]\n",
      ["f.yaml its aliases (*name) lead back to themselves or expand too far"],
    ],
    ["a fraction", "count: 1.5\n", ["f.yaml:1:8 count: expected a whole number, got 1.5"]],
    ["nothing after a key", "count:\n", ["f.yaml:1:7 count: expected a number, got nothing"]],
  ])("reports %s", (_, text, expected) => expect(errorsOfText(text)).toEqual(expected));

  test("reports a syntax error where it is", () => {
    const [error] = errorsOfText("names: [a, b\ncount: 1\n");
    expect(error).toMatch(/^f\.yaml:2:\d+ not valid YAML: /);
  });
});
