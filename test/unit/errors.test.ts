import { describe, expect, test } from "vitest";
import { assert, similarNames, UserError, UserErrors, unknownName } from "../../src/errors.ts";

const MODELS = ["llama-3.1-8b", "llama-3.1-70b", "qwen-2.5-32b"];

describe("UserError", () => {
  test("carries a hint and a place", () => {
    const where = { file: "a.yaml", line: 3, column: 7 };
    const error = new UserError("wrong", { hint: "do better", where });
    expect([error.name, error.message, error.hint]).toEqual(["UserError", "wrong", "do better"]);
    expect(error.where).toEqual(where);
    expect(new UserError("wrong").hint).toBeUndefined();
  });

  test("can stand for several", () => {
    const error = new UserErrors([new UserError("one"), new UserError("two")]);
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toBe("one; two");
    expect(error.errors).toHaveLength(2);
  });
});

describe("assert", () => {
  test("throws what is not an error of the user", () => {
    expect(() => assert(true, "kept")).not.toThrow();
    expect(() => assert(false, "time decreased")).toThrow("invariant violated: time decreased");
    let thrown: unknown;
    try {
      assert(false, "x");
    } catch (error) {
      thrown = error;
    }
    expect(thrown).not.toBeInstanceOf(UserError);
  });
});

describe("similarNames", () => {
  test("finds slips, whatever the case", () => {
    expect(similarNames("lama-3.1-8b", MODELS)[0]).toBe("llama-3.1-8b");
    expect(similarNames("LLAMA-3.1-70B", MODELS)[0]).toBe("llama-3.1-70b");
    expect(similarNames("llama-3.1-8b", MODELS)[0]).toBe("llama-3.1-8b");
  });

  test("finds beginnings", () => expect(similarNames("qwen", MODELS)).toEqual(["qwen-2.5-32b"]));

  test("finds at most three, best first", () => {
    const known = ["abcdex", "abcdexy", "abcdef", "abcdeg", "abcd"];
    const similar = similarNames("abcdef", known);
    expect(similar).toHaveLength(3);
    expect(similar[0]).toBe("abcdef");
  });

  test("finds nothing in what is different", () => {
    expect(similarNames("mixtral-8x7b", MODELS)).toEqual([]);
    expect(similarNames("llama", [])).toEqual([]);
  });
});

describe("unknownName", () => {
  test("suggests what is similar", () => {
    const error = unknownName("model", "lama-3.1-8b", MODELS);
    expect(error.message).toBe('unknown model "lama-3.1-8b"');
    expect(error.hint).toMatch(/^did you mean llama-3\.1-8b( or .*)?\?$/);
  });

  test("lists what is known otherwise, with advice", () => {
    const error = unknownName("model", "mixtral-8x7b", MODELS, "or give a path");
    expect(error.hint).toBe(`known: ${MODELS.join(", ")} or give a path`);
  });
});
